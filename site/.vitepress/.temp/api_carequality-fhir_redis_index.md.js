import { ssrRenderAttrs } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"carequality-fhir/redis","description":"","frontmatter":{},"headers":[],"relativePath":"api/carequality-fhir/redis/index.md","filePath":"api/carequality-fhir/redis/index.md"}');
const _sfc_main = { name: "api/carequality-fhir/redis/index.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="carequality-fhir-redis" tabindex="-1">carequality-fhir/redis <a class="header-anchor" href="#carequality-fhir-redis" aria-label="Permalink to &quot;carequality-fhir/redis&quot;">​</a></h1><p>What several processes share over Redis; see docs/scaling.md.</p><h2 id="interfaces" tabindex="-1">Interfaces <a class="header-anchor" href="#interfaces" aria-label="Permalink to &quot;Interfaces&quot;">​</a></h2><ul><li><a href="./interfaces/IoredisLike">IoredisLike</a></li><li><a href="./interfaces/NodeRedisLike">NodeRedisLike</a></li><li><a href="./interfaces/RedisKey">RedisKey</a></li><li><a href="./interfaces/RedisLeases">RedisLeases</a></li><li><a href="./interfaces/RedisOptions">RedisOptions</a></li></ul><h2 id="type-aliases" tabindex="-1">Type Aliases <a class="header-anchor" href="#type-aliases" aria-label="Permalink to &quot;Type Aliases&quot;">​</a></h2><ul><li><a href="./type-aliases/RedisClientLike">RedisClientLike</a></li></ul><h2 id="functions" tabindex="-1">Functions <a class="header-anchor" href="#functions" aria-label="Permalink to &quot;Functions&quot;">​</a></h2><ul><li><a href="./functions/redisLeases">redisLeases</a></li><li><a href="./functions/redisLimits">redisLimits</a></li><li><a href="./functions/redisRegistrations">redisRegistrations</a></li><li><a href="./functions/redisTokenCache">redisTokenCache</a></li></ul><h2 id="references" tabindex="-1">References <a class="header-anchor" href="#references" aria-label="Permalink to &quot;References&quot;">​</a></h2><h3 id="registration" tabindex="-1">Registration <a class="header-anchor" href="#registration" aria-label="Permalink to &quot;Registration&quot;">​</a></h3><p>Re-exports <a href="./../udap/interfaces/Registration">Registration</a></p><hr><h3 id="registrationstore" tabindex="-1">RegistrationStore <a class="header-anchor" href="#registrationstore" aria-label="Permalink to &quot;RegistrationStore&quot;">​</a></h3><p>Re-exports <a href="./../udap/interfaces/RegistrationStore">RegistrationStore</a></p><hr><h3 id="storedtoken" tabindex="-1">StoredToken <a class="header-anchor" href="#storedtoken" aria-label="Permalink to &quot;StoredToken&quot;">​</a></h3><p>Re-exports <a href="./../interfaces/StoredToken">StoredToken</a></p><hr><h3 id="tokencache" tabindex="-1">TokenCache <a class="header-anchor" href="#tokencache" aria-label="Permalink to &quot;TokenCache&quot;">​</a></h3><p>Re-exports <a href="./../interfaces/TokenCache">TokenCache</a></p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("api/carequality-fhir/redis/index.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const index = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  index as default
};
