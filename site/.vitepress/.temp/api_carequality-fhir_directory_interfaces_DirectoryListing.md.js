import { ssrRenderAttrs, ssrRenderStyle } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"Interface: DirectoryListing","description":"","frontmatter":{},"headers":[],"relativePath":"api/carequality-fhir/directory/interfaces/DirectoryListing.md","filePath":"api/carequality-fhir/directory/interfaces/DirectoryListing.md"}');
const _sfc_main = { name: "api/carequality-fhir/directory/interfaces/DirectoryListing.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="interface-directorylisting" tabindex="-1">Interface: DirectoryListing <a class="header-anchor" href="#interface-directorylisting" aria-label="Permalink to &quot;Interface: DirectoryListing&quot;">​</a></h1><p>The entries of a directory, page by page as they are consumed. Each iteration starts anew. A loop that ends without a throw has read the directory to its end; <code>account</code> says whether an entry may still be missing.</p><h2 id="extends" tabindex="-1">Extends <a class="header-anchor" href="#extends" aria-label="Permalink to &quot;Extends&quot;">​</a></h2><ul><li><code>AsyncIterable</code>&lt;<a href="./../../interfaces/DirectoryEntry"><code>DirectoryEntry</code></a>&gt;</li></ul><h2 id="properties" tabindex="-1">Properties <a class="header-anchor" href="#properties" aria-label="Permalink to &quot;Properties&quot;">​</a></h2><h3 id="account" tabindex="-1">account <a class="header-anchor" href="#account" aria-label="Permalink to &quot;account&quot;">​</a></h3><div class="language-ts vp-adaptive-theme"><button title="Copy Code" class="copy"></button><span class="lang">ts</span><pre class="shiki shiki-themes github-light-high-contrast github-dark vp-code" tabindex="0"><code><span class="line"><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}">readonly </span><span style="${ssrRenderStyle({ "--shiki-light": "#702C00", "--shiki-dark": "#B392F0" })}">account</span><span style="${ssrRenderStyle({ "--shiki-light": "#0E1116", "--shiki-dark": "#E1E4E8" })}">: ListingReport;</span></span></code></pre></div><p>How the latest iteration went so far.</p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("api/carequality-fhir/directory/interfaces/DirectoryListing.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const DirectoryListing = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  DirectoryListing as default
};
