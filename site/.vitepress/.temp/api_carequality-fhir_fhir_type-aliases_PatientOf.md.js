import { ssrRenderAttrs, ssrRenderStyle } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"Type Alias: PatientOf<V>","description":"","frontmatter":{},"headers":[],"relativePath":"api/carequality-fhir/fhir/type-aliases/PatientOf.md","filePath":"api/carequality-fhir/fhir/type-aliases/PatientOf.md"}');
const _sfc_main = { name: "api/carequality-fhir/fhir/type-aliases/PatientOf.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="type-alias-patientof-v" tabindex="-1">Type Alias: PatientOf&lt;V&gt; <a class="header-anchor" href="#type-alias-patientof-v" aria-label="Permalink to &quot;Type Alias: PatientOf\\&lt;V\\&gt;&quot;">​</a></h1><div class="language-ts vp-adaptive-theme"><button title="Copy Code" class="copy"></button><span class="lang">ts</span><pre class="shiki shiki-themes github-light-high-contrast github-dark vp-code" tabindex="0"><code><span class="line"><span style="${ssrRenderStyle({ "--shiki-light": "#A0111F", "--shiki-dark": "#F97583" })}">type</span><span style="${ssrRenderStyle({ "--shiki-light": "#702C00", "--shiki-dark": "#B392F0" })}"> PatientOf</span><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}">&lt;</span><span style="${ssrRenderStyle({ "--shiki-light": "#702C00", "--shiki-dark": "#B392F0" })}">V</span><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}">&gt; </span><span style="${ssrRenderStyle({ "--shiki-light": "#A0111F", "--shiki-dark": "#F97583" })}">=</span><span style="${ssrRenderStyle({ "--shiki-light": "#702C00", "--shiki-dark": "#B392F0" })}"> Extract</span><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}">&lt;</span><span style="${ssrRenderStyle({ "--shiki-light": "#702C00", "--shiki-dark": "#B392F0" })}">Resources</span><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}">[</span><span style="${ssrRenderStyle({ "--shiki-light": "#702C00", "--shiki-dark": "#B392F0" })}">V</span><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}">], {</span></span>
<span class="line"><span style="${ssrRenderStyle({ "--shiki-light": "#702C00", "--shiki-dark": "#FFAB70" })}">  resourceType</span><span style="${ssrRenderStyle({ "--shiki-light": "#A0111F", "--shiki-dark": "#F97583" })}">:</span><span style="${ssrRenderStyle({ "--shiki-light": "#032563", "--shiki-dark": "#9ECBFF" })}"> &quot;Patient&quot;</span><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}">;</span></span>
<span class="line"><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}">}&gt;;</span></span></code></pre></div><p>A Patient of a version.</p><h2 id="type-parameters" tabindex="-1">Type Parameters <a class="header-anchor" href="#type-parameters" aria-label="Permalink to &quot;Type Parameters&quot;">​</a></h2><table tabindex="0"><thead><tr><th>Type Parameter</th><th>Default type</th></tr></thead><tbody><tr><td><a id="type-parameter-v"></a> <code>V</code> <em>extends</em> <a href="./FhirVersion"><code>FhirVersion</code></a></td><td><code>&quot;R4&quot;</code></td></tr></tbody></table></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("api/carequality-fhir/fhir/type-aliases/PatientOf.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const PatientOf = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  PatientOf as default
};
