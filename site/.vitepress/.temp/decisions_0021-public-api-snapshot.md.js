import { ssrRenderAttrs } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"21. The public API is held by a script of our own","description":"","frontmatter":{},"headers":[],"relativePath":"decisions/0021-public-api-snapshot.md","filePath":"decisions/0021-public-api-snapshot.md"}');
const _sfc_main = { name: "decisions/0021-public-api-snapshot.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="_21-the-public-api-is-held-by-a-script-of-our-own" tabindex="-1">21. The public API is held by a script of our own <a class="header-anchor" href="#_21-the-public-api-is-held-by-a-script-of-our-own" aria-label="Permalink to &quot;21. The public API is held by a script of our own&quot;">​</a></h1><p><strong>What.</strong> <code>api/</code> holds every public declaration as the compiler emits it, one file for each entry point of package.json, without comments: what is exported, then what those declarations use without a name of its own. <code>npm run api</code> writes it, <code>test/package/api.test.ts</code> compares it, so no pull request changes the API unseen.</p><p><strong>Why not API Extractor.</strong> It reads one entry point per configuration (we have six that share types), brings a TypeScript of its own that is older than ours, and rolls up what <code>tsc</code> has already emitted; the script is 130 lines on the TypeScript that is installed anyway.</p><p><strong>How it stays cheap.</strong> The files are generated and never merged by hand: after a conflict, <code>npm run api</code>. A declaration stands in one file only; an entry point that exports it again names it. Private members are <code>#private</code> there and <code>@internal</code> ones are not emitted, so only what a user can see moves the file. Sentences (the texts of the error catalogue) are left out: they are not part of the API.</p><p><strong>What it does not hold.</strong> Behavior, defaults, and the meaning of an error code. Those are held by the other tests; <a href="/contributing#versions-and-changelog">CONTRIBUTING</a> says what counts as breaking.</p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("decisions/0021-public-api-snapshot.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const _0021PublicApiSnapshot = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  _0021PublicApiSnapshot as default
};
