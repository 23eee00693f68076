import { ssrRenderAttrs } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"1. One HTTP policy layer above thin transports","description":"","frontmatter":{},"headers":[],"relativePath":"decisions/0001-two-layers-of-http.md","filePath":"decisions/0001-two-layers-of-http.md"}');
const _sfc_main = { name: "decisions/0001-two-layers-of-http.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="_1-one-http-policy-layer-above-thin-transports" tabindex="-1">1. One HTTP policy layer above thin transports <a class="header-anchor" href="#_1-one-http-policy-layer-above-thin-transports" aria-label="Permalink to &quot;1. One HTTP policy layer above thin transports&quot;">​</a></h1><p><strong>Options.</strong> (a) ky&#39;s own retries, timeouts and hooks; (b) our own fetch wrapper without ky; (c) our own policy layer over a <code>Transport</code> that performs one attempt, with ky over <code>fetch</code> as the first transport.</p><p><strong>Decision: (c).</strong> The rules on where a request may go, how long it may take and how much of a response is read must hold for every transport, and ky&#39;s retry would send the same assertion twice.</p><ul><li>Only <code>src/http/</code> and the transports of <code>src/node/</code> move bytes; only <code>ky-transport.ts</code> knows ky. ky runs with <code>retry: 0</code>, <code>timeout: false</code>, <code>throwHttpErrors: false</code>, and receives only the URL (<a href="/decisions/0013-fast">decision 13</a>). The outgoing <code>Request</code> is ours, with <code>redirect: &#39;manual&#39;</code>. ky performs one attempt, and its errors (which contain URLs and headers) never leave the transport.</li><li>A POST body is sent as a stream with its <code>Content-Length</code>. Measured on Node 20.20.2 and 24.21.0: a server that answers <code>421</code> to a POST with a text body receives it <strong>twice</strong>, with a stream body once. A client assertion is valid for one attempt. (<code>test/unit/http</code> asserts the request count for 421.)</li><li>The retry jitter derives from <code>randomUUID</code>, so one injected function makes a run reproducible.</li><li>An attempt&#39;s clock starts when the request is handed to the transport. Starting it when the request is on the wire, so that a thousand concurrent requests do not time out healthy servers, needs a transport that reports it (<code>reportsSent</code>): <code>nodeTransport</code> does, fetch cannot.</li></ul></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("decisions/0001-two-layers-of-http.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const _0001TwoLayersOfHttp = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  _0001TwoLayersOfHttp as default
};
