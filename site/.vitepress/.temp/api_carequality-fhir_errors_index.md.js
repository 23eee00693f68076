import { ssrRenderAttrs } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"carequality-fhir/errors","description":"","frontmatter":{},"headers":[],"relativePath":"api/carequality-fhir/errors/index.md","filePath":"api/carequality-fhir/errors/index.md"}');
const _sfc_main = { name: "api/carequality-fhir/errors/index.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="carequality-fhir-errors" tabindex="-1">carequality-fhir/errors <a class="header-anchor" href="#carequality-fhir-errors" aria-label="Permalink to &quot;carequality-fhir/errors&quot;">​</a></h1><p>Every error that the library throws, except <code>TypeError</code> for wrong arguments and the caller&#39;s own abort.</p><h2 id="classes" tabindex="-1">Classes <a class="header-anchor" href="#classes" aria-label="Permalink to &quot;Classes&quot;">​</a></h2><ul><li><a href="./classes/ConfigurationError">ConfigurationError</a></li><li><a href="./classes/DirectoryError">DirectoryError</a></li><li><a href="./classes/DiscoveryError">DiscoveryError</a></li><li><a href="./classes/FhirError">FhirError</a></li><li><a href="./classes/PolicyError">PolicyError</a></li><li><a href="./classes/RegistrationError">RegistrationError</a></li><li><a href="./classes/ResponseError">ResponseError</a></li><li><a href="./classes/SignerError">SignerError</a></li><li><a href="./classes/TokenError">TokenError</a></li><li><a href="./classes/TransportError">TransportError</a></li><li><a href="./classes/TrustError">TrustError</a></li></ul><h2 id="interfaces" tabindex="-1">Interfaces <a class="header-anchor" href="#interfaces" aria-label="Permalink to &quot;Interfaces&quot;">​</a></h2><ul><li><a href="./interfaces/ConsentDemand">ConsentDemand</a></li><li><a href="./interfaces/ErrorContext">ErrorContext</a></li><li><a href="./interfaces/OAuthErrorDetails">OAuthErrorDetails</a></li><li><a href="./interfaces/ServerOutcome">ServerOutcome</a></li><li><a href="./interfaces/SkippedEndpoint">SkippedEndpoint</a></li><li><a href="./interfaces/TrustErrorDetails">TrustErrorDetails</a></li></ul><h2 id="type-aliases" tabindex="-1">Type Aliases <a class="header-anchor" href="#type-aliases" aria-label="Permalink to &quot;Type Aliases&quot;">​</a></h2><ul><li><a href="./type-aliases/AnyCarequalityError">AnyCarequalityError</a></li></ul><h2 id="functions" tabindex="-1">Functions <a class="header-anchor" href="#functions" aria-label="Permalink to &quot;Functions&quot;">​</a></h2><ul><li><a href="./functions/isCarequalityError">isCarequalityError</a></li></ul><h2 id="references" tabindex="-1">References <a class="header-anchor" href="#references" aria-label="Permalink to &quot;References&quot;">​</a></h2><h3 id="carequalityerror" tabindex="-1">CarequalityError <a class="header-anchor" href="#carequalityerror" aria-label="Permalink to &quot;CarequalityError&quot;">​</a></h3><p>Re-exports <a href="./../classes/CarequalityError">CarequalityError</a></p><hr><h3 id="errorcode" tabindex="-1">ErrorCode <a class="header-anchor" href="#errorcode" aria-label="Permalink to &quot;ErrorCode&quot;">​</a></h3><p>Re-exports <a href="./../type-aliases/ErrorCode">ErrorCode</a></p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("api/carequality-fhir/errors/index.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const index = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  index as default
};
