import { ssrRenderAttrs, ssrRenderStyle } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"Interface: SnapshotOptions","description":"","frontmatter":{},"headers":[],"relativePath":"api/carequality-fhir/directory/interfaces/SnapshotOptions.md","filePath":"api/carequality-fhir/directory/interfaces/SnapshotOptions.md"}');
const _sfc_main = { name: "api/carequality-fhir/directory/interfaces/SnapshotOptions.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="interface-snapshotoptions" tabindex="-1">Interface: SnapshotOptions <a class="header-anchor" href="#interface-snapshotoptions" aria-label="Permalink to &quot;Interface: SnapshotOptions&quot;">​</a></h1><p>How a copy is used.</p><h2 id="properties" tabindex="-1">Properties <a class="header-anchor" href="#properties" aria-label="Permalink to &quot;Properties&quot;">​</a></h2><h3 id="maxagems" tabindex="-1">maxAgeMs? <a class="header-anchor" href="#maxagems" aria-label="Permalink to &quot;maxAgeMs?&quot;">​</a></h3><div class="language-ts vp-adaptive-theme"><button title="Copy Code" class="copy"></button><span class="lang">ts</span><pre class="shiki shiki-themes github-light-high-contrast github-dark vp-code" tabindex="0"><code><span class="line"><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}">maxAgeMs</span><span style="${ssrRenderStyle({ "--shiki-light": "#A0111F", "--shiki-dark": "#F97583" })}">?:</span><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}"> number;</span></span></code></pre></div><p>Milliseconds after which the copy is too old to be used. Default 7 days.</p><hr><h3 id="now" tabindex="-1">now? <a class="header-anchor" href="#now" aria-label="Permalink to &quot;now?&quot;">​</a></h3><div class="language-ts vp-adaptive-theme"><button title="Copy Code" class="copy"></button><span class="lang">ts</span><pre class="shiki shiki-themes github-light-high-contrast github-dark vp-code" tabindex="0"><code><span class="line"><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}">now</span><span style="${ssrRenderStyle({ "--shiki-light": "#A0111F", "--shiki-dark": "#F97583" })}">?:</span><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}"> () </span><span style="${ssrRenderStyle({ "--shiki-light": "#A0111F", "--shiki-dark": "#F97583" })}">=&gt;</span><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}"> number;</span></span></code></pre></div><p>Milliseconds since the epoch. Default <code>Date.now</code>.</p><h4 id="returns" tabindex="-1">Returns <a class="header-anchor" href="#returns" aria-label="Permalink to &quot;Returns&quot;">​</a></h4><p><code>number</code></p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("api/carequality-fhir/directory/interfaces/SnapshotOptions.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const SnapshotOptions = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  SnapshotOptions as default
};
