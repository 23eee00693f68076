import { ssrRenderAttrs } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"4. The API contract","description":"","frontmatter":{},"headers":[],"relativePath":"decisions/0004-where-the-contract-grew.md","filePath":"decisions/0004-where-the-contract-grew.md"}');
const _sfc_main = { name: "decisions/0004-where-the-contract-grew.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="_4-the-api-contract" tabindex="-1">4. The API contract <a class="header-anchor" href="#_4-the-api-contract" aria-label="Permalink to &quot;4. The API contract&quot;">​</a></h1><p>Development began from an agreed API contract, a set of programs. They still compile and run unchanged (<code>test/programs</code>): new members are optional, new type parameters have defaults (<code>Signer&lt;Alg&gt;</code>, <code>Responder&lt;V&gt;</code>), and a string still means what it meant where objects are accepted too.</p><p>Additions whose reason is not obvious:</p><ul><li><code>Authorize</code> may return <code>undefined</code> (send no token) and receives <code>challenged</code>: an open server is read without a token, and <code>ERR_CQ_NO_TOKEN_ENDPOINT</code> arises only when it demands one. It also receives <code>timeoutMs</code>, so the token request does not outlive the call.</li><li>The caller&#39;s own <code>tokenEndpoint</code> is an option of <code>client.responder</code> and <code>resolve</code>, not of the authorization context, where it would apply to every responder.</li><li><code>cryptoKeySigner</code> accepts <code>publicKey</code>: a non-extractable private key does not reveal its public part.</li><li><code>Transport.clientCertificate(url)</code>: tokens may be bound to the TLS certificate, which only the transport knows.</li><li><code>SearchPage.included</code> and <code>outcomes</code>: included resources and server remarks are not hits, and must not be lost.</li></ul><p>Where the contract was ambiguous:</p><ul><li>A FHIR base with a query (<code>https://gateway.example/fhir?site=12</code>) keeps it on every request. User info and fragments are rejected.</li><li>A host with a trailing dot is the host without it, to every rule.</li><li>A signer given as a function counts as one key in the token cache: after rotation, tokens obtained with the old key stay valid until they expire.</li><li>Work shared by several callers has the time of the most patient of them.</li><li>When one of the two discovery documents has arrived, the other gets five more seconds. Otherwise a hanging path would cost its full timeout on every call.</li></ul></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("decisions/0004-where-the-contract-grew.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const _0004WhereTheContractGrew = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  _0004WhereTheContractGrew as default
};
