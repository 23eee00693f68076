// carequality-fhir/fhir: its public declarations. Written by `npm run api`.

export { FhirPatientClient, Patient, PatientSearchParameters, SearchPage, SearchResults } from 'carequality-fhir'

export type AllOf<T> = T | readonly T[];

export interface AnyOf<T> {
    readonly anyOf: readonly T[];
}

export type AnyResource<V extends FhirVersion = 'R4'> = Resources[V];

export interface BinaryContent {
    readonly contentType: string | undefined;
    readonly size: number | undefined;
    readonly body: AsyncIterable<Uint8Array>;
    cancel(): void;
}

export interface BinaryOptions extends CallOptions {
    contentType?: string | undefined;
}

export interface Bundle<T extends Resource = Resource> extends Resource {
    readonly resourceType: 'Bundle';
    identifier?: Identifier | undefined;
    type: ('document' | 'message' | 'transaction' | 'transaction-response' | 'batch' | 'batch-response' | 'history' | 'searchset' | 'collection');
    _type?: Element | undefined;
    timestamp?: string | undefined;
    _timestamp?: Element | undefined;
    total?: number | undefined;
    _total?: Element | undefined;
    link?: BundleLink[] | undefined;
    entry?: BundleEntry<T>[] | undefined;
    signature?: Signature | undefined;
}

export type BundleOf<V extends FhirVersion = 'R4'> = Bundles[V];

export type Choice<T> = T | AnyOf<T>;

export interface CommonSearchParameters {
    _id?: TokenParameter<string> | undefined;
    _lastUpdated?: DateParameter | undefined;
    _tag?: TokenParameter | undefined;
    _security?: TokenParameter | undefined;
    _profile?: ReferenceParameter | undefined;
    _has?: AllOf<Has> | undefined;
    _count?: number | undefined;
    _sort?: AllOf<string> | undefined;
    _include?: AllOf<string> | undefined;
    _revinclude?: AllOf<string> | undefined;
    _elements?: readonly string[] | undefined;
    _summary?: 'true' | 'text' | 'data' | 'count' | 'false' | undefined;
    _total?: 'none' | 'estimate' | 'accurate' | undefined;
    [raw: `${string}:${string}`]: AllOf<string> | undefined;
}

export type Comparisons = Readonly<Partial<Record<SearchPrefix, string | undefined>>>;

export type DateParameter = AllOf<Choice<string> | Comparisons | Missing>;

export interface EverythingOptions<V extends FhirVersion = 'R4'> extends PagingOptions {
    start?: string | undefined;
    end?: string | undefined;
    _since?: string | undefined;
    _type?: readonly ResourceType<V>[] | undefined;
    _count?: number | undefined;
}

export declare class FhirClient<V extends FhirVersion = 'R4'> {
    #private;
    constructor(options: FhirClientOptions<V>);
    read<T extends ResourceType<V>>(type: T, id: string, options?: ReadOptions): Promise<ResourceOf<T, V>>;
    vread<T extends ResourceType<V>>(type: T, id: string, versionId: string, options?: ReadOptions): Promise<ResourceOf<T, V>>;
    history<T extends ResourceType<V>>(type: T, id: string, options?: HistoryOptions): HistoryResults<ResourceOf<T, V>, V>;
    search<T extends ResourceType<V>>(type: T, parameters: SearchParameters, options?: SearchOptions): SearchResults<ResourceOf<T, V>, V>;
    operation<T extends ResourceType<V> = ResourceType<V>>(name: string, options?: OperationOptions<T, V>): Promise<ResourceOf<T, V> | undefined>;
    binary(url: string, options?: BinaryOptions): Promise<BinaryContent>;
}

export interface FhirClientOptions<V extends FhirVersion = 'R4'> extends HttpOptions, FhirOptions {
    baseUrl: string;
    authorize?: Authorize | undefined;
    fhirVersion?: V | undefined;
    nextLinks?: 'same-origin' | undefined;
}

export interface FhirOptions {
    searchMethod?: SearchMethod | undefined;
    validation?: Validation | undefined;
    validatorCache?: {
        maxEntries: number;
        maxBytes?: number | undefined;
    } | undefined;
    audit?: AuditTrail | undefined;
}

export type FhirPatientClientOptions<V extends FhirVersion = 'R4'> = FhirClientOptions<V>;

export type FhirResource = SubstanceSpecification | DeviceUseStatement | BodyStructure | ExampleScenario | Appointment | Condition | List | ChargeItem | VerificationResult | MedicinalProductUndesirableEffect | Media | SupplyDelivery | Composition | Encounter | MedicationAdministration | DocumentManifest | Claim | DeviceMetric | AuditEvent | ServiceRequest | EventDefinition | CarePlan | Linkage | CoverageEligibilityResponse | QuestionnaireResponse | Location | InsurancePlan | Measure | EffectEvidenceSynthesis | ActivityDefinition | OrganizationAffiliation | EpisodeOfCare | DeviceRequest | MedicinalProductManufactured | CapabilityStatement | Endpoint | SubstancePolymer | Substance | CatalogEntry | Group | ImagingStudy | SubstanceNucleicAcid | Organization | MolecularSequence | ChargeItemDefinition | Questionnaire | TestScript | ResearchStudy | PractitionerRole | TestReport | MeasureReport | SubstanceSourceMaterial | SupplyRequest | Provenance | Binary | RiskAssessment | Parameters | HealthcareService | RelatedPerson | Evidence | Basic | NamingSystem | VisionPrescription | EnrollmentRequest | Flag | ExplanationOfBenefit | Patient | MedicinalProduct | Specimen | FamilyMemberHistory | ResearchElementDefinition | OperationDefinition | MedicinalProductIndication | GraphDefinition | Medication | DiagnosticReport | AppointmentResponse | RequestGroup | MessageHeader | DeviceDefinition | Goal | ObservationDefinition | Immunization | ValueSet | ClaimResponse | Contract | BiologicallyDerivedProduct | TerminologyCapabilities | SpecimenDefinition | MedicinalProductIngredient | ConceptMap | Invoice | StructureDefinition | CommunicationRequest | MedicinalProductInteraction | PaymentNotice | GuidanceResponse | RiskEvidenceSynthesis | MedicinalProductPackaged | DetectedIssue | ResearchDefinition | MedicinalProductPharmaceutical | EvidenceVariable | Bundle | MessageDefinition | ImplementationGuide | NutritionOrder | EnrollmentResponse | CoverageEligibilityRequest | CodeSystem | MedicationRequest | ImmunizationRecommendation | Slot | CompartmentDefinition | Coverage | PaymentReconciliation | MedicationKnowledge | SubstanceReferenceInformation | ImmunizationEvaluation | SearchParameter | MedicationStatement | Schedule | Person | AllergyIntolerance | PlanDefinition | ResearchSubject | ClinicalImpression | Subscription | CareTeam | Device | Consent | Communication | Library | StructureMap | Task | Practitioner | MedicinalProductContraindication | Observation | DocumentReference | OperationOutcome | MedicationDispense | Account | Procedure | SubstanceProtein | MedicinalProductAuthorization | AdverseEvent;

export type FhirVersion = 'R4' | 'STU3';

export interface Has {
    readonly type: string;
    readonly reference: string;
    readonly parameter: string;
    readonly value: LooseParameter;
}

export interface HistoryOptions extends PagingOptions {
    _since?: string | undefined;
    _count?: number | undefined;
}

export interface HistoryPage<T, V extends FhirVersion = 'R4'> {
    readonly versions: readonly HistoryVersion<T>[];
    readonly bundle: BundleOf<V>;
    readonly total?: number | undefined;
    readonly outcomes: readonly ServerOutcome[];
}

export type HistoryResults<T, V extends FhirVersion = 'R4'> = PagedResults<HistoryVersion<T>, HistoryPage<T, V>>;

export interface HistoryVersion<T> {
    readonly versionId?: string | undefined;
    readonly lastUpdated?: string | undefined;
    readonly deleted: boolean;
    readonly resource?: T | undefined;
}

export type LooseParameter = AllOf<Choice<string | number | boolean | {
    readonly system: string;
    readonly value: string;
} | {
    readonly type: string;
    readonly id: string;
}> | {
    readonly exact: Choice<string>;
} | {
    readonly contains: Choice<string>;
} | {
    readonly not: Choice<TokenValue>;
} | {
    readonly text: string;
} | {
    readonly identifier: TokenValue;
} | Comparisons | Missing>;

export type MatchGrade = 'certain' | 'probable' | 'possible' | 'certainly-not';

export interface MatchOptions extends ReadingOptions {
    onlyCertainMatches?: boolean | undefined;
    count?: number | undefined;
}

export interface Missing {
    readonly missing: boolean;
}

export interface OperationOptions<T extends ResourceType<V>, V extends FhirVersion = 'R4'> extends ReadingOptions {
    type?: ResourceType<V> | undefined;
    id?: string | undefined;
    body?: AnyResource<V> | undefined;
    query?: SearchParameters | undefined;
    method?: 'GET' | 'POST' | undefined;
    safe?: boolean | undefined;
    returns?: T | undefined;
}

export interface PagedResults<T, P> extends AsyncIterable<T> {
    [Symbol.asyncIterator](): AsyncIterator<T, void, void>;
    pages(): AsyncIterable<P>;
    first(): Promise<T | undefined>;
    toArray(options: {
        max: number;
    }): Promise<{
        resources: T[];
        complete: boolean;
    }>;
}

export interface PagingOptions extends ReadingOptions {
    maxPages?: number | undefined;
}

export type PatientDemographics<V extends FhirVersion = 'R4'> = Partial<PatientOf<V>>;

export interface PatientMatch<V extends FhirVersion = 'R4'> {
    readonly resource: PatientOf<V>;
    readonly score?: number | undefined;
    readonly grade?: MatchGrade | undefined;
}

export type PatientOf<V extends FhirVersion = 'R4'> = Extract<Resources[V], {
    resourceType: 'Patient';
}>;

export interface PatientReadOptions extends ReadOptions {
    followReplacement?: boolean | undefined;
}

export interface ReadOptions extends ReadingOptions {
    _elements?: readonly string[] | undefined;
    _summary?: 'true' | 'text' | 'data' | 'false' | undefined;
}

export interface ReadingOptions extends CallOptions {
    validate?: ResourceSchema | undefined;
    onResponse?: ((answer: ResponseText) => unknown) | undefined;
}

export type ReferenceParameter = AllOf<Choice<string | {
    readonly type: string;
    readonly id: string;
}> | {
    readonly identifier: TokenValue;
} | Missing>;

export type ResourceOf<T extends ResourceType<V>, V extends FhirVersion = 'R4'> = Extract<Resources[V], {
    resourceType: T;
}>;

export interface ResourceSchema {
    readonly '~standard': {
        readonly version: 1;
        readonly vendor: string;
        readonly validate: (value: unknown) => SchemaResult | Promise<SchemaResult>;
    };
}

export type ResourceType<V extends FhirVersion = 'R4'> = Resources[V]['resourceType'];

export interface ResponseText {
    readonly status: number;
    readonly headers: Headers;
    readonly text: string;
}

export interface SchemaResult {
    readonly issues?: readonly {
        readonly path?: readonly (PropertyKey | {
            readonly key: PropertyKey;
        })[] | undefined;
    }[] | undefined;
}

export interface SearchOptions extends PagingOptions {
    all?: boolean | undefined;
    raw?: readonly (readonly [
        name: string,
        value: string
    ])[] | undefined;
}

export type SearchParameters = CommonSearchParameters & Readonly<Record<string, LooseParameter | AllOf<Has> | undefined>>;

export type SearchPrefix = 'eq' | 'ne' | 'gt' | 'lt' | 'ge' | 'le' | 'sa' | 'eb' | 'ap';

export type StringParameter = AllOf<Choice<string> | {
    readonly exact: Choice<string>;
} | {
    readonly contains: Choice<string>;
} | Missing>;

export type TokenParameter<T = TokenValue> = AllOf<Choice<T> | {
    readonly not: Choice<T>;
} | {
    readonly text: string;
} | Missing>;

export type TokenValue = string | {
    readonly system: string;
    readonly value: string;
};

export type Validation = 'off' | 'shell';
