import { ssrRenderAttrs } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"carequality-fhir/testing","description":"","frontmatter":{},"headers":[],"relativePath":"api/carequality-fhir/testing/index.md","filePath":"api/carequality-fhir/testing/index.md"}');
const _sfc_main = { name: "api/carequality-fhir/testing/index.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="carequality-fhir-testing" tabindex="-1">carequality-fhir/testing <a class="header-anchor" href="#carequality-fhir-testing" aria-label="Permalink to &quot;carequality-fhir/testing&quot;">​</a></h1><p>A sandbox network to try the library in, without a network; contracts for your own signers and caches.</p><h2 id="interfaces" tabindex="-1">Interfaces <a class="header-anchor" href="#interfaces" aria-label="Permalink to &quot;Interfaces&quot;">​</a></h2><ul><li><a href="./interfaces/ContractCheck">ContractCheck</a></li><li><a href="./interfaces/RecordedRequest">RecordedRequest</a></li><li><a href="./interfaces/Sandbox">Sandbox</a></li><li><a href="./interfaces/SandboxClient">SandboxClient</a></li><li><a href="./interfaces/SandboxClientOptions">SandboxClientOptions</a></li><li><a href="./interfaces/SandboxCommunity">SandboxCommunity</a></li><li><a href="./interfaces/SandboxEntry">SandboxEntry</a></li><li><a href="./interfaces/SandboxLatency">SandboxLatency</a></li><li><a href="./interfaces/SandboxOptions">SandboxOptions</a></li><li><a href="./interfaces/SandboxResponder">SandboxResponder</a></li><li><a href="./interfaces/SandboxUdap">SandboxUdap</a></li><li><a href="./interfaces/SandboxUdapIdentity">SandboxUdapIdentity</a></li><li><a href="./interfaces/SandboxUdapServer">SandboxUdapServer</a></li></ul><h2 id="type-aliases" tabindex="-1">Type Aliases <a class="header-anchor" href="#type-aliases" aria-label="Permalink to &quot;Type Aliases&quot;">​</a></h2><ul><li><a href="./type-aliases/SandboxFault">SandboxFault</a></li><li><a href="./type-aliases/SandboxHolding">SandboxHolding</a></li><li><a href="./type-aliases/SandboxResponderKind">SandboxResponderKind</a></li><li><a href="./type-aliases/SandboxUdapProfile">SandboxUdapProfile</a></li></ul><h2 id="functions" tabindex="-1">Functions <a class="header-anchor" href="#functions" aria-label="Permalink to &quot;Functions&quot;">​</a></h2><ul><li><a href="./functions/createSandbox">createSandbox</a></li><li><a href="./functions/signerContract">signerContract</a></li><li><a href="./functions/tokenCacheContract">tokenCacheContract</a></li></ul></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("api/carequality-fhir/testing/index.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const index = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  index as default
};
