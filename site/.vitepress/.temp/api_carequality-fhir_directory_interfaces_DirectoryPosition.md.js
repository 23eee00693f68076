import { ssrRenderAttrs, ssrRenderStyle } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"Interface: DirectoryPosition","description":"","frontmatter":{},"headers":[],"relativePath":"api/carequality-fhir/directory/interfaces/DirectoryPosition.md","filePath":"api/carequality-fhir/directory/interfaces/DirectoryPosition.md"}');
const _sfc_main = { name: "api/carequality-fhir/directory/interfaces/DirectoryPosition.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="interface-directoryposition" tabindex="-1">Interface: DirectoryPosition <a class="header-anchor" href="#interface-directoryposition" aria-label="Permalink to &quot;Interface: DirectoryPosition&quot;">​</a></h1><p>Degrees, <a href="https://hl7.org/fhir/R4/location-definitions.html#Location.position" target="_blank" rel="noreferrer">WGS 84</a>.</p><h2 id="properties" tabindex="-1">Properties <a class="header-anchor" href="#properties" aria-label="Permalink to &quot;Properties&quot;">​</a></h2><h3 id="latitude" tabindex="-1">latitude <a class="header-anchor" href="#latitude" aria-label="Permalink to &quot;latitude&quot;">​</a></h3><div class="language-ts vp-adaptive-theme"><button title="Copy Code" class="copy"></button><span class="lang">ts</span><pre class="shiki shiki-themes github-light-high-contrast github-dark vp-code" tabindex="0"><code><span class="line"><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}">readonly </span><span style="${ssrRenderStyle({ "--shiki-light": "#702C00", "--shiki-dark": "#B392F0" })}">latitude</span><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}">: number;</span></span></code></pre></div><hr><h3 id="longitude" tabindex="-1">longitude <a class="header-anchor" href="#longitude" aria-label="Permalink to &quot;longitude&quot;">​</a></h3><div class="language-ts vp-adaptive-theme"><button title="Copy Code" class="copy"></button><span class="lang">ts</span><pre class="shiki shiki-themes github-light-high-contrast github-dark vp-code" tabindex="0"><code><span class="line"><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}">readonly </span><span style="${ssrRenderStyle({ "--shiki-light": "#702C00", "--shiki-dark": "#B392F0" })}">longitude</span><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}">: number;</span></span></code></pre></div></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("api/carequality-fhir/directory/interfaces/DirectoryPosition.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const DirectoryPosition = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  DirectoryPosition as default
};
