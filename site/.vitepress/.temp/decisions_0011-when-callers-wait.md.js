import { ssrRenderAttrs } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"11. When callers wait for a renewal","description":"","frontmatter":{},"headers":[],"relativePath":"decisions/0011-when-callers-wait.md","filePath":"decisions/0011-when-callers-wait.md"}');
const _sfc_main = { name: "decisions/0011-when-callers-wait.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="_11-when-callers-wait-for-a-renewal" tabindex="-1">11. When callers wait for a renewal <a class="header-anchor" href="#_11-when-callers-wait-for-a-renewal" aria-label="Permalink to &quot;11. When callers wait for a renewal&quot;">​</a></h1><p>The original rule let a token serve until <code>max(1 s, L/50)</code> before it expires, and renewed it in the background from <code>min(60 s, L/5)</code> before it expires, jittered by a quarter. For a lifetime L of 3600 s these are 72 s and 45 to 75 s: callers would wait every hour, before the background renewal had started. With the shortest window that happens from 2250 s on.</p><p><strong>Decision.</strong> The blocking part is at most 12 s, which is L/50 at ten minutes. Lifetimes up to 600 s follow the original rule. Rejected: half of the background window (30 s at most; a call every 30 s could still hit the blocking part of the shortest window of 45 s), and no upper bound on the background window (renewing four minutes early for no reason).</p><p>Tested in <code>test/unit/auth/token-life.test.ts</code> (for every lifetime from 7 to 3600 s the background window comes first, at both ends of the jitter) and <code>test/unit/auth/token-requests.test.ts</code> (a lifetime of 3600 s, a call every 30 s, ten lifetimes: 11 requests and one caller who waits, the first; it was 11 callers before).</p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("decisions/0011-when-callers-wait.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const _0011WhenCallersWait = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  _0011WhenCallersWait as default
};
