import { ssrRenderAttrs } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"20. token_type: \\"BearerToken\\" is accepted as Bearer","description":"","frontmatter":{},"headers":[],"relativePath":"decisions/0020-bearer-token.md","filePath":"decisions/0020-bearer-token.md"}');
const _sfc_main = { name: "decisions/0020-bearer-token.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="_20-token-type-bearertoken-is-accepted-as-bearer" tabindex="-1">20. <code>token_type: &quot;BearerToken&quot;</code> is accepted as Bearer <a class="header-anchor" href="#_20-token-type-bearertoken-is-accepted-as-bearer" aria-label="Permalink to &quot;20. \`token_type: &quot;BearerToken&quot;\` is accepted as Bearer&quot;">​</a></h1><p>OAuth requires <code>Bearer</code>, in any case. Apigee&#39;s gateways, which front the token endpoints of several vendors, write <code>BearerToken</code> and mean Bearer (DuendeArchive/Support issue 1413; case <code>token-type-bearertoken</code>). Rejecting it makes such a server unreachable and gains nothing: the token is only ever sent as Bearer, and a server that meant another type rejects it.</p><p><strong>Decision.</strong> <code>Bearer</code> and <code>BearerToken</code> are accepted in any case; the second is reported with the event <code>token.response-repaired</code> (&quot;token_type is BearerToken&quot;). Anything else is <code>ERR_CQ_UNSUPPORTED_TOKEN_TYPE</code>. Tested in <code>test/unit/auth/token-answers.test.ts</code>.</p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("decisions/0020-bearer-token.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const _0020BearerToken = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  _0020BearerToken as default
};
