import { ssrRenderAttrs, ssrRenderStyle } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"Variable: athenahealthTokenRate","description":"","frontmatter":{},"headers":[],"relativePath":"api/carequality-fhir/variables/athenahealthTokenRate.md","filePath":"api/carequality-fhir/variables/athenahealthTokenRate.md"}');
const _sfc_main = { name: "api/carequality-fhir/variables/athenahealthTokenRate.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="variable-athenahealthtokenrate" tabindex="-1">Variable: athenahealthTokenRate <a class="header-anchor" href="#variable-athenahealthtokenrate" aria-label="Permalink to &quot;Variable: athenahealthTokenRate&quot;">​</a></h1><div class="language-ts vp-adaptive-theme"><button title="Copy Code" class="copy"></button><span class="lang">ts</span><pre class="shiki shiki-themes github-light-high-contrast github-dark vp-code" tabindex="0"><code><span class="line"><span style="${ssrRenderStyle({ "--shiki-light": "#A0111F", "--shiki-dark": "#F97583" })}">const</span><span style="${ssrRenderStyle({ "--shiki-light": "#023B95", "--shiki-dark": "#79B8FF" })}"> athenahealthTokenRate</span><span style="${ssrRenderStyle({ "--shiki-light": "#A0111F", "--shiki-dark": "#F97583" })}">:</span><span style="${ssrRenderStyle({ "--shiki-light": "#702C00", "--shiki-dark": "#B392F0" })}"> VendorQuirk</span><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}">;</span></span></code></pre></div><p>athenahealth answers 429 for the rest of a minute after 50 token requests in production, and after 5 in its preview.</p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("api/carequality-fhir/variables/athenahealthTokenRate.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const athenahealthTokenRate = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  athenahealthTokenRate as default
};
