import { ssrRenderAttrs, ssrRenderStyle } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"Interface: CallOptions","description":"","frontmatter":{},"headers":[],"relativePath":"api/carequality-fhir/interfaces/CallOptions.md","filePath":"api/carequality-fhir/interfaces/CallOptions.md"}');
const _sfc_main = { name: "api/carequality-fhir/interfaces/CallOptions.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="interface-calloptions" tabindex="-1">Interface: CallOptions <a class="header-anchor" href="#interface-calloptions" aria-label="Permalink to &quot;Interface: CallOptions&quot;">​</a></h1><p>Taken by every call that may touch the network.</p><h2 id="extended-by" tabindex="-1">Extended by <a class="header-anchor" href="#extended-by" aria-label="Permalink to &quot;Extended by&quot;">​</a></h2><ul><li><a href="./ResponderOptions"><code>ResponderOptions</code></a></li><li><a href="./../directory/interfaces/RefreshOptions"><code>RefreshOptions</code></a></li><li><a href="./../fhir/interfaces/BinaryOptions"><code>BinaryOptions</code></a></li><li><a href="./../fhir/interfaces/ReadingOptions"><code>ReadingOptions</code></a></li><li><a href="./../udap/interfaces/VerifyOptions"><code>VerifyOptions</code></a></li></ul><h2 id="properties" tabindex="-1">Properties <a class="header-anchor" href="#properties" aria-label="Permalink to &quot;Properties&quot;">​</a></h2><h3 id="signal" tabindex="-1">signal? <a class="header-anchor" href="#signal" aria-label="Permalink to &quot;signal?&quot;">​</a></h3><div class="language-ts vp-adaptive-theme"><button title="Copy Code" class="copy"></button><span class="lang">ts</span><pre class="shiki shiki-themes github-light-high-contrast github-dark vp-code" tabindex="0"><code><span class="line"><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}">signal</span><span style="${ssrRenderStyle({ "--shiki-light": "#A0111F", "--shiki-dark": "#F97583" })}">?:</span><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}"> AbortSignal;</span></span></code></pre></div><p>The caller&#39;s own abort; its <code>reason</code> comes back untouched.</p><hr><h3 id="timeoutms" tabindex="-1">timeoutMs? <a class="header-anchor" href="#timeoutms" aria-label="Permalink to &quot;timeoutMs?&quot;">​</a></h3><div class="language-ts vp-adaptive-theme"><button title="Copy Code" class="copy"></button><span class="lang">ts</span><pre class="shiki shiki-themes github-light-high-contrast github-dark vp-code" tabindex="0"><code><span class="line"><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}">timeoutMs</span><span style="${ssrRenderStyle({ "--shiki-light": "#A0111F", "--shiki-dark": "#F97583" })}">?:</span><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}"> number;</span></span></code></pre></div><p>Milliseconds for the whole call: discovery, token, signer, retries and the last byte. In a search each page has this time from its request on; the consumer&#39;s own time is not counted. Default: the client&#39;s.</p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("api/carequality-fhir/interfaces/CallOptions.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const CallOptions = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  CallOptions as default
};
