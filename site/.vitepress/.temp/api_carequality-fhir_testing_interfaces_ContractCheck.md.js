import { ssrRenderAttrs, ssrRenderStyle } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"Interface: ContractCheck","description":"","frontmatter":{},"headers":[],"relativePath":"api/carequality-fhir/testing/interfaces/ContractCheck.md","filePath":"api/carequality-fhir/testing/interfaces/ContractCheck.md"}');
const _sfc_main = { name: "api/carequality-fhir/testing/interfaces/ContractCheck.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="interface-contractcheck" tabindex="-1">Interface: ContractCheck <a class="header-anchor" href="#interface-contractcheck" aria-label="Permalink to &quot;Interface: ContractCheck&quot;">​</a></h1><p>One thing that an implementation must do; hand it to any test runner: <code>test(name, run)</code>.</p><h2 id="properties" tabindex="-1">Properties <a class="header-anchor" href="#properties" aria-label="Permalink to &quot;Properties&quot;">​</a></h2><h3 id="name" tabindex="-1">name <a class="header-anchor" href="#name" aria-label="Permalink to &quot;name&quot;">​</a></h3><div class="language-ts vp-adaptive-theme"><button title="Copy Code" class="copy"></button><span class="lang">ts</span><pre class="shiki shiki-themes github-light-high-contrast github-dark vp-code" tabindex="0"><code><span class="line"><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}">readonly </span><span style="${ssrRenderStyle({ "--shiki-light": "#702C00", "--shiki-dark": "#B392F0" })}">name</span><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}">: string;</span></span></code></pre></div><hr><h3 id="run" tabindex="-1">run <a class="header-anchor" href="#run" aria-label="Permalink to &quot;run&quot;">​</a></h3><div class="language-ts vp-adaptive-theme"><button title="Copy Code" class="copy"></button><span class="lang">ts</span><pre class="shiki shiki-themes github-light-high-contrast github-dark vp-code" tabindex="0"><code><span class="line"><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}">readonly </span><span style="${ssrRenderStyle({ "--shiki-light": "#702C00", "--shiki-dark": "#B392F0" })}">run</span><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}">: () </span><span style="${ssrRenderStyle({ "--shiki-light": "#A0111F", "--shiki-dark": "#F97583" })}">=&gt;</span><span style="${ssrRenderStyle({ "--shiki-light": "#023B95", "--shiki-dark": "#79B8FF" })}"> Promise</span><span style="${ssrRenderStyle({ "--shiki-light": "#A0111F", "--shiki-dark": "#F97583" })}">&lt;void&gt;</span><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}">;</span></span></code></pre></div><p>Rejects with what is wrong.</p><h4 id="returns" tabindex="-1">Returns <a class="header-anchor" href="#returns" aria-label="Permalink to &quot;Returns&quot;">​</a></h4><p><code>Promise</code>&lt;<code>void</code>&gt;</p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("api/carequality-fhir/testing/interfaces/ContractCheck.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const ContractCheck = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  ContractCheck as default
};
