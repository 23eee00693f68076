import { ssrRenderAttrs } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"27. The documentation site is built by VitePress","description":"","frontmatter":{},"headers":[],"relativePath":"decisions/0027-documentation-site.md","filePath":"decisions/0027-documentation-site.md"}');
const _sfc_main = { name: "decisions/0027-documentation-site.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="_27-the-documentation-site-is-built-by-vitepress" tabindex="-1">27. The documentation site is built by VitePress <a class="header-anchor" href="#_27-the-documentation-site-is-built-by-vitepress" aria-label="Permalink to &quot;27. The documentation site is built by VitePress&quot;">​</a></h1><p><strong>What.</strong> <code>npm run docs:site</code> builds <code>site/dist</code> from the pages of <code>docs/</code>, as they are, and an API reference by TypeDoc through <code>typedoc-plugin-markdown</code>. <code>site/</code> is a package of its own with its own lock file: none of it is in the root&#39;s install or in the tarball.</p><p><strong>Why VitePress.</strong> Its input is the Markdown that GitHub shows, so there is one text; local search, dark mode and the check of dead links are built in; it bundles with Vite, which the playground needs to put the library and the sandbox into a page. It builds without a network and names no CDN.</p><p><strong>Why not Starlight.</strong> It wants frontmatter in every page and its own folder of content, so the pages would be written for it or converted; it brings Astro with four times the packages for the same pages.</p><p><strong>How the two stay one.</strong> <code>site/pages.mjs</code> copies the pages and rewrites links; what the site does not have (tests, sources) becomes a link to the repository once <code>repository</code> in package.json is real. The entry points of the reference are those of <code>exports</code>, so a new one appears by itself. A warning of TypeDoc, and a dead link, fail the build.</p><p><strong>Pictures</strong> are SVG files that <code>site/pictures/write.mjs</code> writes into <code>docs/pictures</code>, from boxes and arrows as data: mermaid needs a browser, at build or at each visit. The files follow the reader&#39;s color scheme by themselves; inside a page of the site their styles are the page&#39;s, which has a switch.</p><p><strong>The playground</strong> runs the built library (<code>dist</code>) and the sandbox of <code>carequality-fhir/testing</code> in the page. <code>npm run docs:site:test</code> looks at the built site in Chromium, at 1280 and 390 pixels, light and dark, and plays every fault; without a Chromium it says so.</p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("decisions/0027-documentation-site.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const _0027DocumentationSite = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  _0027DocumentationSite as default
};
