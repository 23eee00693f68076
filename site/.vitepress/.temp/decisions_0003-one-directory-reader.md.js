import { ssrRenderAttrs } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"3. One tolerant reader for all directory formats","description":"","frontmatter":{},"headers":[],"relativePath":"decisions/0003-one-directory-reader.md","filePath":"decisions/0003-one-directory-reader.md"}');
const _sfc_main = { name: "decisions/0003-one-directory-reader.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="_3-one-tolerant-reader-for-all-directory-formats" tabindex="-1">3. One tolerant reader for all directory formats <a class="header-anchor" href="#_3-one-tolerant-reader-for-all-directory-formats" aria-label="Permalink to &quot;3. One tolerant reader for all directory formats&quot;">​</a></h1><p><strong>Options.</strong> (a) one reader per release; (b) convert XML to FHIR JSON, then one reader; (c) convert XML to the shape of the legacy directory&#39;s own JSON, with accessors that hide the difference.</p><p><strong>Decision: (c).</strong> The legacy XML is not FHIR (several <code>Endpoint</code> in one <code>contained</code>, primitives where FHIR has concepts, bare extension names), so (b) would have to invent data. <code>src/directory/tree.ts</code> has the accessors (<code>list</code>, <code>text</code>, <code>conceptTexts</code>, <code>extensionTexts</code>); <code>entry.ts</code> reads FHIR JSON, the naive JSON and XML with the same code.</p><p>A release is a row of data (<code>releases.ts</code>): address, where the key goes, format. Users can pass an object of that shape.</p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("decisions/0003-one-directory-reader.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const _0003OneDirectoryReader = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  _0003OneDirectoryReader as default
};
