import { ssrRenderAttrs, ssrRenderStyle } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"Interface: SandboxClient","description":"","frontmatter":{},"headers":[],"relativePath":"api/carequality-fhir/testing/interfaces/SandboxClient.md","filePath":"api/carequality-fhir/testing/interfaces/SandboxClient.md"}');
const _sfc_main = { name: "api/carequality-fhir/testing/interfaces/SandboxClient.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="interface-sandboxclient" tabindex="-1">Interface: SandboxClient <a class="header-anchor" href="#interface-sandboxclient" aria-label="Permalink to &quot;Interface: SandboxClient&quot;">​</a></h1><p>A client that the sandbox&#39;s authorization servers know beside the sandbox&#39;s own.</p><h2 id="properties" tabindex="-1">Properties <a class="header-anchor" href="#properties" aria-label="Permalink to &quot;Properties&quot;">​</a></h2><h3 id="clientid" tabindex="-1">clientId <a class="header-anchor" href="#clientid" aria-label="Permalink to &quot;clientId&quot;">​</a></h3><div class="language-ts vp-adaptive-theme"><button title="Copy Code" class="copy"></button><span class="lang">ts</span><pre class="shiki shiki-themes github-light-high-contrast github-dark vp-code" tabindex="0"><code><span class="line"><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}">readonly </span><span style="${ssrRenderStyle({ "--shiki-light": "#702C00", "--shiki-dark": "#B392F0" })}">clientId</span><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}">: string;</span></span></code></pre></div><hr><h3 id="signer" tabindex="-1">signer <a class="header-anchor" href="#signer" aria-label="Permalink to &quot;signer&quot;">​</a></h3><div class="language-ts vp-adaptive-theme"><button title="Copy Code" class="copy"></button><span class="lang">ts</span><pre class="shiki shiki-themes github-light-high-contrast github-dark vp-code" tabindex="0"><code><span class="line"><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}">readonly </span><span style="${ssrRenderStyle({ "--shiki-light": "#702C00", "--shiki-dark": "#B392F0" })}">signer</span><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}">: Signer;</span></span></code></pre></div><p>Its <code>publicJwk</code>, else the leaf of its <code>certificates</code>, is the registered key.</p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("api/carequality-fhir/testing/interfaces/SandboxClient.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const SandboxClient = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  SandboxClient as default
};
