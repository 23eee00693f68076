import { ssrRenderAttrs } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"carequality-fhir/queue","description":"","frontmatter":{},"headers":[],"relativePath":"api/carequality-fhir/queue/index.md","filePath":"api/carequality-fhir/queue/index.md"}');
const _sfc_main = { name: "api/carequality-fhir/queue/index.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="carequality-fhir-queue" tabindex="-1">carequality-fhir/queue <a class="header-anchor" href="#carequality-fhir-queue" aria-label="Permalink to &quot;carequality-fhir/queue&quot;">​</a></h1><p><code>discover</code> over many processes, on BullMQ; see docs/scaling.md.</p><h2 id="interfaces" tabindex="-1">Interfaces <a class="header-anchor" href="#interfaces" aria-label="Permalink to &quot;Interfaces&quot;">​</a></h2><ul><li><a href="./interfaces/DiscoverOnOptions">DiscoverOnOptions</a></li><li><a href="./interfaces/DiscoverWorker">DiscoverWorker</a></li><li><a href="./interfaces/DiscoverWorkerOptions">DiscoverWorkerOptions</a></li><li><a href="./interfaces/JobLike">JobLike</a></li><li><a href="./interfaces/QueueJobOptions">QueueJobOptions</a></li><li><a href="./interfaces/QueueLike">QueueLike</a></li><li><a href="./interfaces/WorkerLike">WorkerLike</a></li></ul><h2 id="type-aliases" tabindex="-1">Type Aliases <a class="header-anchor" href="#type-aliases" aria-label="Permalink to &quot;Type Aliases&quot;">​</a></h2><ul><li><a href="./type-aliases/WorkerClass">WorkerClass</a></li></ul><h2 id="functions" tabindex="-1">Functions <a class="header-anchor" href="#functions" aria-label="Permalink to &quot;Functions&quot;">​</a></h2><ul><li><a href="./functions/discoverOn">discoverOn</a></li><li><a href="./functions/startDiscoverWorker">startDiscoverWorker</a></li></ul><h2 id="references" tabindex="-1">References <a class="header-anchor" href="#references" aria-label="Permalink to &quot;References&quot;">​</a></h2><h3 id="redisclientlike" tabindex="-1">RedisClientLike <a class="header-anchor" href="#redisclientlike" aria-label="Permalink to &quot;RedisClientLike&quot;">​</a></h3><p>Re-exports <a href="./../redis/type-aliases/RedisClientLike">RedisClientLike</a></p><hr><h3 id="rediskey" tabindex="-1">RedisKey <a class="header-anchor" href="#rediskey" aria-label="Permalink to &quot;RedisKey&quot;">​</a></h3><p>Re-exports <a href="./../redis/interfaces/RedisKey">RedisKey</a></p><hr><h3 id="redisoptions" tabindex="-1">RedisOptions <a class="header-anchor" href="#redisoptions" aria-label="Permalink to &quot;RedisOptions&quot;">​</a></h3><p>Re-exports <a href="./../redis/interfaces/RedisOptions">RedisOptions</a></p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("api/carequality-fhir/queue/index.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const index = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  index as default
};
