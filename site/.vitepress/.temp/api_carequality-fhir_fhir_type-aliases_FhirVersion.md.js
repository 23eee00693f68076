import { ssrRenderAttrs, ssrRenderStyle } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"Type Alias: FhirVersion","description":"","frontmatter":{},"headers":[],"relativePath":"api/carequality-fhir/fhir/type-aliases/FhirVersion.md","filePath":"api/carequality-fhir/fhir/type-aliases/FhirVersion.md"}');
const _sfc_main = { name: "api/carequality-fhir/fhir/type-aliases/FhirVersion.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="type-alias-fhirversion" tabindex="-1">Type Alias: FhirVersion <a class="header-anchor" href="#type-alias-fhirversion" aria-label="Permalink to &quot;Type Alias: FhirVersion&quot;">​</a></h1><div class="language-ts vp-adaptive-theme"><button title="Copy Code" class="copy"></button><span class="lang">ts</span><pre class="shiki shiki-themes github-light-high-contrast github-dark vp-code" tabindex="0"><code><span class="line"><span style="${ssrRenderStyle({ "--shiki-light": "#A0111F", "--shiki-dark": "#F97583" })}">type</span><span style="${ssrRenderStyle({ "--shiki-light": "#702C00", "--shiki-dark": "#B392F0" })}"> FhirVersion</span><span style="${ssrRenderStyle({ "--shiki-light": "#A0111F", "--shiki-dark": "#F97583" })}"> =</span><span style="${ssrRenderStyle({ "--shiki-light": "#032563", "--shiki-dark": "#9ECBFF" })}"> &quot;R4&quot;</span><span style="${ssrRenderStyle({ "--shiki-light": "#A0111F", "--shiki-dark": "#F97583" })}"> |</span><span style="${ssrRenderStyle({ "--shiki-light": "#032563", "--shiki-dark": "#9ECBFF" })}"> &quot;STU3&quot;</span><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}">;</span></span></code></pre></div><p>The FHIR versions that are spoken: R4 (4.0) unless STU3 (3.0) is asked for in words.</p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("api/carequality-fhir/fhir/type-aliases/FhirVersion.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const FhirVersion = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  FhirVersion as default
};
