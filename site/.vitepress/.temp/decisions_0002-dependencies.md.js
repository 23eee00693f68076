import { ssrRenderAttrs } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"2. Run-time dependencies","description":"","frontmatter":{},"headers":[],"relativePath":"decisions/0002-dependencies.md","filePath":"decisions/0002-dependencies.md"}');
const _sfc_main = { name: "decisions/0002-dependencies.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="_2-run-time-dependencies" tabindex="-1">2. Run-time dependencies <a class="header-anchor" href="#_2-run-time-dependencies" aria-label="Permalink to &quot;2. Run-time dependencies&quot;">​</a></h1><table tabindex="0"><thead><tr><th>package</th><th>used for</th><th>why not our own</th></tr></thead><tbody><tr><td><code>jose</code> 6.2.18</td><td>base64url, key thumbprints (RFC 7638), verification in the sandbox</td><td>standards code with conformance tests</td></tr><tr><td><code>ky</code> 1.14.3</td><td>one attempt over <code>fetch</code></td><td>a requirement of the project; 1.14 is the newest for Node 20</td></tr><tr><td><code>zod</code> 4.6.7, only <code>zod/mini</code></td><td>the structure of a Bundle</td><td><code>zod/mini</code> because <code>import { z } from &#39;zod&#39;</code> weighs 92 kB gzip</td></tr><tr><td><code>@types/fhir</code> 0.0.44</td><td>FHIR types in our declarations, as <code>fhir/r4.js</code></td><td><code>fhir/r4</code> silently becomes <code>any</code> under nodenext</td></tr><tr><td><code>undici</code> 7.30.2</td><td>the default transport on Node</td><td>see <a href="/decisions/0016-the-default-transport">decision 16</a></td></tr><tr><td><code>saxes</code> 6.0.0 (brings <code>xmlchars</code>)</td><td>the legacy directory&#39;s XML</td><td>loaded when XML arrives; strict about truncated documents; can reject a DOCTYPE as it is met</td></tr><tr><td><code>tldts</code> 7.6.0 (brings <code>tldts-core</code>)</td><td>public suffixes, private domains included</td><td>a hand-written list had dozens of gaps; loaded with the first responder: <a href="/decisions/0019-public-suffixes">public suffixes</a></td></tr></tbody></table><p><code>node-forge</code>, for <code>pkcs12Signer</code>, is an optional peer that an install does not bring; see <a href="/decisions/0006-keys-and-tokens">decision 6</a>.</p><p>All are pinned. Installing the tarball brings nine packages and no install script (<code>test/package/tarball.test.ts</code>).</p><p>Signatures are made by <code>crypto.subtle</code> through our own <code>Signer</code>, on the same path as an HSM&#39;s: jose signs only with keys it can hold. Certificates are read by a small DER reader (<code>src/signers/der.ts</code>) that reads only validity, names and public key.</p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("decisions/0002-dependencies.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const _0002Dependencies = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  _0002Dependencies as default
};
