import { ssrRenderAttrs, ssrRenderStyle } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"Interface: SnapshotAge","description":"","frontmatter":{},"headers":[],"relativePath":"api/carequality-fhir/directory/interfaces/SnapshotAge.md","filePath":"api/carequality-fhir/directory/interfaces/SnapshotAge.md"}');
const _sfc_main = { name: "api/carequality-fhir/directory/interfaces/SnapshotAge.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="interface-snapshotage" tabindex="-1">Interface: SnapshotAge <a class="header-anchor" href="#interface-snapshotage" aria-label="Permalink to &quot;Interface: SnapshotAge&quot;">​</a></h1><p>How old an answer from a local copy is.</p><h2 id="properties" tabindex="-1">Properties <a class="header-anchor" href="#properties" aria-label="Permalink to &quot;Properties&quot;">​</a></h2><h3 id="agems" tabindex="-1">ageMs <a class="header-anchor" href="#agems" aria-label="Permalink to &quot;ageMs&quot;">​</a></h3><div class="language-ts vp-adaptive-theme"><button title="Copy Code" class="copy"></button><span class="lang">ts</span><pre class="shiki shiki-themes github-light-high-contrast github-dark vp-code" tabindex="0"><code><span class="line"><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}">readonly </span><span style="${ssrRenderStyle({ "--shiki-light": "#702C00", "--shiki-dark": "#B392F0" })}">ageMs</span><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}">: number;</span></span></code></pre></div><hr><h3 id="asof" tabindex="-1">asOf <a class="header-anchor" href="#asof" aria-label="Permalink to &quot;asOf&quot;">​</a></h3><div class="language-ts vp-adaptive-theme"><button title="Copy Code" class="copy"></button><span class="lang">ts</span><pre class="shiki shiki-themes github-light-high-contrast github-dark vp-code" tabindex="0"><code><span class="line"><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}">readonly </span><span style="${ssrRenderStyle({ "--shiki-light": "#702C00", "--shiki-dark": "#B392F0" })}">asOf</span><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}">: number;</span></span></code></pre></div><p>When the directory last said so, in milliseconds since the epoch.</p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("api/carequality-fhir/directory/interfaces/SnapshotAge.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const SnapshotAge = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  SnapshotAge as default
};
