import { ssrRenderAttrs, ssrRenderStyle } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"Type Alias: SigningAlgorithm","description":"","frontmatter":{},"headers":[],"relativePath":"api/carequality-fhir/type-aliases/SigningAlgorithm.md","filePath":"api/carequality-fhir/type-aliases/SigningAlgorithm.md"}');
const _sfc_main = { name: "api/carequality-fhir/type-aliases/SigningAlgorithm.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="type-alias-signingalgorithm" tabindex="-1">Type Alias: SigningAlgorithm <a class="header-anchor" href="#type-alias-signingalgorithm" aria-label="Permalink to &quot;Type Alias: SigningAlgorithm&quot;">​</a></h1><div class="language-ts vp-adaptive-theme"><button title="Copy Code" class="copy"></button><span class="lang">ts</span><pre class="shiki shiki-themes github-light-high-contrast github-dark vp-code" tabindex="0"><code><span class="line"><span style="${ssrRenderStyle({ "--shiki-light": "#A0111F", "--shiki-dark": "#F97583" })}">type</span><span style="${ssrRenderStyle({ "--shiki-light": "#702C00", "--shiki-dark": "#B392F0" })}"> SigningAlgorithm</span><span style="${ssrRenderStyle({ "--shiki-light": "#A0111F", "--shiki-dark": "#F97583" })}"> =</span><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}"> </span></span>
<span class="line"><span style="${ssrRenderStyle({ "--shiki-light": "#A0111F", "--shiki-dark": "#F97583" })}">  |</span><span style="${ssrRenderStyle({ "--shiki-light": "#702C00", "--shiki-dark": "#B392F0" })}"> CommonAlgorithm</span></span>
<span class="line"><span style="${ssrRenderStyle({ "--shiki-light": "#A0111F", "--shiki-dark": "#F97583" })}">  |</span><span style="${ssrRenderStyle({ "--shiki-light": "#032563", "--shiki-dark": "#9ECBFF" })}"> &quot;RS512&quot;</span></span>
<span class="line"><span style="${ssrRenderStyle({ "--shiki-light": "#A0111F", "--shiki-dark": "#F97583" })}">  |</span><span style="${ssrRenderStyle({ "--shiki-light": "#032563", "--shiki-dark": "#9ECBFF" })}"> &quot;PS256&quot;</span></span>
<span class="line"><span style="${ssrRenderStyle({ "--shiki-light": "#A0111F", "--shiki-dark": "#F97583" })}">  |</span><span style="${ssrRenderStyle({ "--shiki-light": "#032563", "--shiki-dark": "#9ECBFF" })}"> &quot;PS384&quot;</span></span>
<span class="line"><span style="${ssrRenderStyle({ "--shiki-light": "#A0111F", "--shiki-dark": "#F97583" })}">  |</span><span style="${ssrRenderStyle({ "--shiki-light": "#032563", "--shiki-dark": "#9ECBFF" })}"> &quot;PS512&quot;</span></span>
<span class="line"><span style="${ssrRenderStyle({ "--shiki-light": "#A0111F", "--shiki-dark": "#F97583" })}">  |</span><span style="${ssrRenderStyle({ "--shiki-light": "#032563", "--shiki-dark": "#9ECBFF" })}"> &quot;ES512&quot;</span></span>
<span class="line"><span style="${ssrRenderStyle({ "--shiki-light": "#A0111F", "--shiki-dark": "#F97583" })}">  |</span><span style="${ssrRenderStyle({ "--shiki-light": "#032563", "--shiki-dark": "#9ECBFF" })}"> &quot;EdDSA&quot;</span><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}">;</span></span></code></pre></div><p>The JWS algorithms that client assertions are signed with (<a href="https://www.rfc-editor.org/rfc/rfc7518#section-3.1" target="_blank" rel="noreferrer">RFC 7518, section 3.1</a>; <code>EdDSA</code> is Ed25519, <a href="https://www.rfc-editor.org/rfc/rfc8037#section-3.1" target="_blank" rel="noreferrer">RFC 8037</a>). Those that are not common are only used where the server lists them. <code>none</code> and HMAC do not exist here.</p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("api/carequality-fhir/type-aliases/SigningAlgorithm.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const SigningAlgorithm = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  SigningAlgorithm as default
};
