import { ssrRenderAttrs } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"carequality-fhir/node","description":"","frontmatter":{},"headers":[],"relativePath":"api/carequality-fhir/node/index.md","filePath":"api/carequality-fhir/node/index.md"}');
const _sfc_main = { name: "api/carequality-fhir/node/index.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="carequality-fhir-node" tabindex="-1">carequality-fhir/node <a class="header-anchor" href="#carequality-fhir-node" aria-label="Permalink to &quot;carequality-fhir/node&quot;">​</a></h1><p>The entry point <code>carequality-fhir/node</code>: what needs Node itself (or Bun, or Deno).</p><h2 id="interfaces" tabindex="-1">Interfaces <a class="header-anchor" href="#interfaces" aria-label="Permalink to &quot;Interfaces&quot;">​</a></h2><ul><li><a href="./interfaces/KeyObjectLike">KeyObjectLike</a></li><li><a href="./interfaces/NodeTransportOptions">NodeTransportOptions</a></li><li><a href="./interfaces/Pkcs11Attribute">Pkcs11Attribute</a></li><li><a href="./interfaces/Pkcs11Module">Pkcs11Module</a></li><li><a href="./interfaces/Pkcs11Signer">Pkcs11Signer</a></li><li><a href="./interfaces/Pkcs11SignerOptions">Pkcs11SignerOptions</a></li></ul><h2 id="type-aliases" tabindex="-1">Type Aliases <a class="header-anchor" href="#type-aliases" aria-label="Permalink to &quot;Type Aliases&quot;">​</a></h2><ul><li><a href="./type-aliases/AddressLookup">AddressLookup</a></li><li><a href="./type-aliases/PemOrDer">PemOrDer</a></li></ul><h2 id="functions" tabindex="-1">Functions <a class="header-anchor" href="#functions" aria-label="Permalink to &quot;Functions&quot;">​</a></h2><ul><li><a href="./functions/encryptedPemSigner">encryptedPemSigner</a></li><li><a href="./functions/fileRegistrations">fileRegistrations</a></li><li><a href="./functions/keyObjectSigner">keyObjectSigner</a></li><li><a href="./functions/nodeTransport">nodeTransport</a></li><li><a href="./functions/pkcs11Signer">pkcs11Signer</a></li><li><a href="./functions/pkcs12Signer">pkcs12Signer</a></li></ul></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("api/carequality-fhir/node/index.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const index = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  index as default
};
