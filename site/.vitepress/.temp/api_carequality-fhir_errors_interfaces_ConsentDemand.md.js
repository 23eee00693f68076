import { ssrRenderAttrs, ssrRenderStyle } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"Interface: ConsentDemand","description":"","frontmatter":{},"headers":[],"relativePath":"api/carequality-fhir/errors/interfaces/ConsentDemand.md","filePath":"api/carequality-fhir/errors/interfaces/ConsentDemand.md"}');
const _sfc_main = { name: "api/carequality-fhir/errors/interfaces/ConsentDemand.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="interface-consentdemand" tabindex="-1">Interface: ConsentDemand <a class="header-anchor" href="#interface-consentdemand" aria-label="Permalink to &quot;Interface: ConsentDemand&quot;">​</a></h1><p>What a server wants the patient&#39;s consent for, before it gives a token (<a href="https://hl7.org/fhir/us/udap-security/STU2/b2b.html" target="_blank" rel="noreferrer">SSRAA, section 5.2.1.3</a>).</p><h2 id="properties" tabindex="-1">Properties <a class="header-anchor" href="#properties" aria-label="Permalink to &quot;Properties&quot;">​</a></h2><h3 id="form" tabindex="-1">form? <a class="header-anchor" href="#form" aria-label="Permalink to &quot;form?&quot;">​</a></h3><div class="language-ts vp-adaptive-theme"><button title="Copy Code" class="copy"></button><span class="lang">ts</span><pre class="shiki shiki-themes github-light-high-contrast github-dark vp-code" tabindex="0"><code><span class="line"><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}">readonly form</span><span style="${ssrRenderStyle({ "--shiki-light": "#A0111F", "--shiki-dark": "#F97583" })}">?:</span><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}"> string;</span></span></code></pre></div><p>Where the form of such a consent is. Follow it with the care due to a stranger&#39;s link.</p><hr><h3 id="required" tabindex="-1">required <a class="header-anchor" href="#required" aria-label="Permalink to &quot;required&quot;">​</a></h3><div class="language-ts vp-adaptive-theme"><button title="Copy Code" class="copy"></button><span class="lang">ts</span><pre class="shiki shiki-themes github-light-high-contrast github-dark vp-code" tabindex="0"><code><span class="line"><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}">readonly </span><span style="${ssrRenderStyle({ "--shiki-light": "#702C00", "--shiki-dark": "#B392F0" })}">required</span><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}">: readonly string[];</span></span></code></pre></div><p>URIs of consent policies, at most 20; with one of them the token may be given.</p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("api/carequality-fhir/errors/interfaces/ConsentDemand.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const ConsentDemand = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  ConsentDemand as default
};
