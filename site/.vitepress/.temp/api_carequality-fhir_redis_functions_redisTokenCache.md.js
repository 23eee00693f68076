import { ssrRenderAttrs, ssrRenderStyle } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"Function: redisTokenCache()","description":"","frontmatter":{},"headers":[],"relativePath":"api/carequality-fhir/redis/functions/redisTokenCache.md","filePath":"api/carequality-fhir/redis/functions/redisTokenCache.md"}');
const _sfc_main = { name: "api/carequality-fhir/redis/functions/redisTokenCache.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="function-redistokencache" tabindex="-1">Function: redisTokenCache() <a class="header-anchor" href="#function-redistokencache" aria-label="Permalink to &quot;Function: redisTokenCache()&quot;">​</a></h1><div class="language-ts vp-adaptive-theme"><button title="Copy Code" class="copy"></button><span class="lang">ts</span><pre class="shiki shiki-themes github-light-high-contrast github-dark vp-code" tabindex="0"><code><span class="line"><span style="${ssrRenderStyle({ "--shiki-light": "#A0111F", "--shiki-dark": "#F97583" })}">function</span><span style="${ssrRenderStyle({ "--shiki-light": "#622CBC", "--shiki-dark": "#B392F0" })}"> redisTokenCache</span><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}">(</span><span style="${ssrRenderStyle({ "--shiki-light": "#702C00", "--shiki-dark": "#FFAB70" })}">options</span><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}">)</span><span style="${ssrRenderStyle({ "--shiki-light": "#A0111F", "--shiki-dark": "#F97583" })}">:</span><span style="${ssrRenderStyle({ "--shiki-light": "#702C00", "--shiki-dark": "#B392F0" })}"> TokenCache</span><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}">;</span></span></code></pre></div><p>A <code>TokenCache</code> in Redis: <code>new CarequalityClient({ tokenCache: redisTokenCache({ client, keys }) })</code>. Names are HMACs and values AES-256-GCM, so that Redis holds no token, id or endpoint. Times are Redis&#39;s, so that a process with a wrong clock neither uses an expired token nor drops a good one. While Redis is away each process gets its own tokens (event <code>token.cache-failed</code>).</p><h2 id="parameters" tabindex="-1">Parameters <a class="header-anchor" href="#parameters" aria-label="Permalink to &quot;Parameters&quot;">​</a></h2><table tabindex="0"><thead><tr><th>Parameter</th><th>Type</th></tr></thead><tbody><tr><td><code>options</code></td><td><a href="./../interfaces/RedisOptions"><code>RedisOptions</code></a></td></tr></tbody></table><h2 id="returns" tabindex="-1">Returns <a class="header-anchor" href="#returns" aria-label="Permalink to &quot;Returns&quot;">​</a></h2><p><a href="./../../interfaces/TokenCache"><code>TokenCache</code></a></p><h2 id="throws" tabindex="-1">Throws <a class="header-anchor" href="#throws" aria-label="Permalink to &quot;Throws&quot;">​</a></h2><p>TypeError for a wrong option; its methods reject with <code>ERR_CQ_STORE_FAILED</code>, which clients treat as &quot;no token&quot;.</p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("api/carequality-fhir/redis/functions/redisTokenCache.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const redisTokenCache = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  redisTokenCache as default
};
