import { ref, reactive, unref, useSSRContext } from "vue";
import { ssrRenderList, ssrRenderAttr, ssrIncludeBooleanAttr, ssrLooseContain, ssrLooseEqual, ssrInterpolate, ssrRenderClass } from "vue/server-renderer";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const SERVING = {
  host: "fhir.sunrise-clinic.example",
  path: "/r4"
};
[
  tefca("2.999.500", "Prairie QHIN (sandbox)", "QHIN"),
  {
    ...tefca("2.999.500.1", "Prairie Health System (sandbox)", "Participant", "2.999.500"),
    aliases: ["PHS"],
    endpoints: [{
      ...SERVING,
      transaction: "FHIR REST",
      version: "4.0.1",
      purpose: "T-TREAT",
      role: "112247003"
    }]
  },
  tefca("2.999.500.1.1", "Prairie Clinic (sandbox)", "Subparticipant", "2.999.500.1"),
  tefca("2.999.500.1.1.1", "Prairie Clinic, Room 12 (sandbox)", "Child", "2.999.500.1.1")
];
function tefca(oid, name, tefcaType, partOf) {
  const place = {
    city: "Austin",
    state: "TX",
    postalCode: "78701"
  };
  return {
    oid,
    name,
    active: true,
    ...partOf === void 0 ? {} : { partOf },
    ...place,
    tefcaType,
    endpoints: []
  };
}
const mrnSystem = "urn:oid:2.999.1.1";
const rows = [
  [
    "1316024",
    "Peters",
    ["Timothy"],
    "male",
    "1946-04-05",
    "Kansas City",
    "MO"
  ],
  [
    "1316025",
    "Peters",
    ["Ida"],
    "female",
    "1951-11-30",
    "Kansas City",
    "MO"
  ],
  [
    "1316026",
    "Peters",
    ["Anna", "Marie"],
    "female",
    "1980-01-02",
    "Liberty",
    "MO"
  ],
  [
    "1316027",
    "Peters",
    ["George"],
    "male",
    "1999-07",
    "Olathe",
    "KS"
  ],
  [
    "1316028",
    "Peters",
    ["Björn"],
    "male",
    "2014-02-28",
    "Olathe",
    "KS"
  ],
  [
    "1316030",
    "Santos",
    ["Maria", "Lucía"],
    "female",
    "1972-09-17",
    "Duluth",
    "MN"
  ],
  [
    "1316031",
    "Okafor",
    ["Chidi"],
    "male",
    "1988-12-01",
    "Boise",
    "ID"
  ],
  [
    "1316032",
    "O'Malley",
    ["Petra"],
    "female",
    "1964-03-21",
    "Salem",
    "OR"
  ]
];
const changed = { "1316030": {
  versionId: "2",
  lastUpdated: "2023-06-30T10:02:00.000Z"
} };
rows.map(toPatient);
function toPatient([id, family, given, gender, birthDate, city, state]) {
  return {
    resourceType: "Patient",
    id,
    meta: changed[id] ?? {
      versionId: "1",
      lastUpdated: "2020-05-14T23:23:01.000Z"
    },
    identifier: [{
      use: "usual",
      type: {
        coding: [{
          system: "http://terminology.hl7.org/CodeSystem/v2-0203",
          code: "MR"
        }],
        text: "MRN"
      },
      system: mrnSystem,
      value: `MRN-${id}`
    }],
    active: true,
    name: [{
      use: "official",
      text: `${given.join(" ")} ${family}`,
      family,
      given: [...given]
    }],
    telecom: [{
      system: "phone",
      value: `555-01${id.slice(-2)}`,
      use: "home"
    }],
    gender,
    birthDate,
    address: [{
      use: "home",
      line: ["1 Example Way"],
      city,
      state,
      country: "US"
    }]
  };
}
const organizations = [
  { oid: "2.16.840.1.113883.3.13.1", name: "Connectathon Server: a vendor quirk" },
  { oid: "2.999.10", name: "Sunrise Clinic: a SMART server" },
  { oid: "2.999.20", name: "Plain Hospital: no smart-configuration" },
  { oid: "2.999.30", name: "Closed Practice: not active" },
  { oid: "2.999.40", name: "County Hospital: no FHIR endpoint" }
];
const MINUTE = 6e4;
const always = (sandbox, match, response) => {
  for (let times = 0; times < 5; times += 1) sandbox.respondOnce(match, response);
};
const isPatient = ({ url }) => /\/Patient(\/|\?|$)/.test(url);
const faults = [
  { id: "none", name: "Nothing: it works" },
  {
    id: "token-url",
    name: "The wrong token URL",
    tokenEndpointOf: ({ address }) => new URL("/no-such/token", address).href
  },
  {
    id: "foreign-token-url",
    name: "A token URL on somebody else's host",
    tokenEndpointOf: () => "https://login.elsewhere.example/token"
  },
  {
    id: "clock",
    name: "Your clock is 5 minutes fast",
    options: () => ({ now: () => Date.now() + 5 * MINUTE })
  },
  {
    id: "clock-hours",
    name: "Your clock is 3 hours fast",
    options: () => ({ now: () => Date.now() + 180 * MINUTE })
  },
  {
    id: "key",
    name: "A key that is not registered",
    options: ({ otherSigner }) => ({ signer: otherSigner })
  },
  {
    id: "client-id",
    name: "A client id that is not registered",
    options: () => ({ clientId: "fhir.unknown.example" })
  },
  {
    id: "api-key",
    name: "The wrong API key of the directory",
    options: ({ directory }) => ({ directory: { ...directory, apiKey: "not-the-right-one" } })
  },
  {
    id: "busy",
    name: "The FHIR server answers 503, once",
    sandbox: (sandbox) => sandbox.respondOnce(isPatient, () => new Response("", { status: 503 }))
  },
  {
    id: "down",
    name: "The FHIR server answers 503, always",
    sandbox: (sandbox) => always(sandbox, isPatient, () => new Response("", { status: 503 }))
  },
  {
    id: "html",
    name: "A login page in place of the Patient",
    sandbox: (sandbox) => always(
      sandbox,
      isPatient,
      () => new Response("<html>Please sign in</html>", { headers: { "content-type": "text/html" } })
    )
  }
];
const _sfc_main = {
  __name: "Playground",
  __ssrInlineRender: true,
  setup(__props) {
    const oid = ref(organizations[0].oid);
    const fault = ref("none");
    const running = ref(false);
    const trail = reactive([]);
    const explained = ref("");
    function described({ id, name: [first] = [], birthDate }) {
      return `${id}  ${[...(first == null ? void 0 : first.given) ?? [], first == null ? void 0 : first.family].join(" ")}, born ${birthDate}`;
    }
    const factsOf = (details) => Object.entries(details).filter(([, value]) => value !== void 0).map(([name, value]) => `${name}: ${typeof value === "object" ? JSON.stringify(value) : value}`).join("  ");
    return (_ctx, _push, _parent, _attrs) => {
      _push(`<!--[--><form class="play-form" data-v-99d7ac7d><label data-v-99d7ac7d> Organization <select name="organization" data-v-99d7ac7d><!--[-->`);
      ssrRenderList(unref(organizations), (each) => {
        _push(`<option${ssrRenderAttr("value", each.oid)} data-v-99d7ac7d${ssrIncludeBooleanAttr(Array.isArray(oid.value) ? ssrLooseContain(oid.value, each.oid) : ssrLooseEqual(oid.value, each.oid)) ? " selected" : ""}>${ssrInterpolate(each.name)}</option>`);
      });
      _push(`<!--]--></select></label><label data-v-99d7ac7d> Break something <select name="fault" data-v-99d7ac7d><!--[-->`);
      ssrRenderList(unref(faults), (each) => {
        _push(`<option${ssrRenderAttr("value", each.id)} data-v-99d7ac7d${ssrIncludeBooleanAttr(Array.isArray(fault.value) ? ssrLooseContain(fault.value, each.id) : ssrLooseEqual(fault.value, each.id)) ? " selected" : ""}>${ssrInterpolate(each.name)}</option>`);
      });
      _push(`<!--]--></select></label><button type="submit"${ssrIncludeBooleanAttr(running.value) ? " disabled" : ""} data-v-99d7ac7d>${ssrInterpolate(running.value ? "Running …" : "Run")}</button></form><ol class="play-trail" aria-live="polite"${ssrRenderAttr("data-state", running.value ? "running" : "idle")} data-v-99d7ac7d><!--[-->`);
      ssrRenderList(trail, (entry, index) => {
        _push(`<li class="${ssrRenderClass(entry.kind)}" data-v-99d7ac7d>`);
        if (entry.kind === "step") {
          _push(`<code data-v-99d7ac7d>${ssrInterpolate(entry.code)}</code>`);
        } else if (entry.kind === "request") {
          _push(`<!--[--><span class="${ssrRenderClass([{ bad: !(entry.status < 400) }, "status"])}" data-v-99d7ac7d>${ssrInterpolate(entry.status)}</span><span class="method" data-v-99d7ac7d>${ssrInterpolate(entry.method)}</span><span class="url" data-v-99d7ac7d>${ssrInterpolate(entry.url)}</span>`);
          if (entry.assertion) {
            _push(`<details data-v-99d7ac7d><summary data-v-99d7ac7d>the client assertion</summary><pre data-v-99d7ac7d>${ssrInterpolate(entry.assertion)}</pre></details>`);
          } else {
            _push(`<!---->`);
          }
          _push(`<!--]-->`);
        } else if (entry.kind === "event") {
          _push(`<!--[--><span class="label" data-v-99d7ac7d>event</span> <b data-v-99d7ac7d>${ssrInterpolate(entry.type)}</b><span class="facts" data-v-99d7ac7d>${ssrInterpolate(factsOf(entry.details))}</span><!--]-->`);
        } else if (entry.kind === "patient") {
          _push(`<!--[-->${ssrInterpolate(described(entry.patient))}<!--]-->`);
        } else if (entry.kind === "done") {
          _push(`<!--[-->Complete.<!--]-->`);
        } else if (entry.kind === "error") {
          _push(`<div role="alert" data-v-99d7ac7d><b data-v-99d7ac7d>${ssrInterpolate(entry.facts.code ?? entry.name)}</b><p data-v-99d7ac7d>${ssrInterpolate(entry.message)}</p><span class="facts" data-v-99d7ac7d>${ssrInterpolate(factsOf(entry.facts))}</span></div>`);
        } else {
          _push(`<!---->`);
        }
        _push(`</li>`);
      });
      _push(`<!--]--></ol>`);
      if (explained.value) {
        _push(`<section class="play-explain" data-v-99d7ac7d><p data-v-99d7ac7d><code data-v-99d7ac7d>String(responder.explain())</code></p><pre data-v-99d7ac7d>${ssrInterpolate(explained.value)}</pre></section>`);
      } else {
        _push(`<!---->`);
      }
      _push(`<!--]-->`);
    };
  }
};
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("../play/Playground.vue");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const Playground = /* @__PURE__ */ _export_sfc(_sfc_main, [["__scopeId", "data-v-99d7ac7d"]]);
export {
  Playground as default
};
