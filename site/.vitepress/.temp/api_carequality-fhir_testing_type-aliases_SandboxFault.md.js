import { ssrRenderAttrs, ssrRenderStyle } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"Type Alias: SandboxFault","description":"","frontmatter":{},"headers":[],"relativePath":"api/carequality-fhir/testing/type-aliases/SandboxFault.md","filePath":"api/carequality-fhir/testing/type-aliases/SandboxFault.md"}');
const _sfc_main = { name: "api/carequality-fhir/testing/type-aliases/SandboxFault.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="type-alias-sandboxfault" tabindex="-1">Type Alias: SandboxFault <a class="header-anchor" href="#type-alias-sandboxfault" aria-label="Permalink to &quot;Type Alias: SandboxFault&quot;">​</a></h1><div class="language-ts vp-adaptive-theme"><button title="Copy Code" class="copy"></button><span class="lang">ts</span><pre class="shiki shiki-themes github-light-high-contrast github-dark vp-code" tabindex="0"><code><span class="line"><span style="${ssrRenderStyle({ "--shiki-light": "#A0111F", "--shiki-dark": "#F97583" })}">type</span><span style="${ssrRenderStyle({ "--shiki-light": "#702C00", "--shiki-dark": "#B392F0" })}"> SandboxFault</span><span style="${ssrRenderStyle({ "--shiki-light": "#A0111F", "--shiki-dark": "#F97583" })}"> =</span><span style="${ssrRenderStyle({ "--shiki-light": "#A0111F", "--shiki-dark": "#F97583" })}"> typeof</span><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}"> faultKinds[number];</span></span></code></pre></div><p>A way in which a responder does not answer. <code>filter-ignored</code>: gives every patient to every search, and has no <code>$match</code>; <code>slow</code>: its answers take a minute; <code>dead</code>: no connection; <code>rate-limited</code>: 429 for two minutes; <code>failing</code>: 503; <code>login-page</code>: HTML in place of FHIR; <code>consent-required</code>, <code>unregistered</code>: the token endpoint refuses the patient, or the client; <code>forbidden</code>: 403; <code>foreign-token</code>: publishes the token endpoint of another host.</p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("api/carequality-fhir/testing/type-aliases/SandboxFault.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const SandboxFault = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  SandboxFault as default
};
