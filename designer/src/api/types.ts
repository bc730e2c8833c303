import type { components } from './schema';

type Schemas = components['schemas'];

export type Approval = Schemas['ApprovalInfo'];
export type AuditItem = Schemas['AuditItem'];
export type AuditVerdict = Schemas['AuditVerdict'];
export type Change = Schemas['ChangeInfo'];
export type ControlsInfo = Schemas['ControlsInfo'];
export type Decision = Schemas['DecisionInfo'];
export type DocumentContent = Schemas['DocumentContent'];
export type DocumentInfo = Schemas['DocumentInfo'];
export type Finding = Schemas['Finding'];
export type FindingListing = Schemas['FindingListing'];
export type Forecast = Schemas['ForecastInfo'];
export type ForecastAccuracy = Schemas['AccuracyInfo'];
export type ForecastDetail = Schemas['ForecastDetail'];
export type Scaling = Schemas['ScalingInfo'];
export type DependencyInfo = Schemas['DependencyInfo'];
export type DependenciesInfo = Schemas['DependenciesInfo'];
export type ExplanationRow = Schemas['ExplanationRow'];
export type LimitsInfo = Schemas['LimitsInfo'];
export type WindowInfo = Schemas['WindowInfo'];
export type ActivityInfo = Schemas['ActivityInfo'];
export type ApiKeyInfo = Schemas['ApiKeyInfo'];
export type IncidentDetail = Schemas['IncidentDetail'];
export type Incident = IncidentDetail['incident'];
export type IncidentEvent = Schemas['IncidentEvent'];
export type DeadLetter = Schemas['DeadLetterInfo'];
export type JobFiring = Schemas['JobFiring'];
export type JobView = Schemas['JobView'];
export type JournalItem = Schemas['JournalItem'];
export type JournalPage = Schemas['JournalPage'];
export type NewApiKey = Schemas['NewApiKey'];
export type NewPassword = Schemas['NewPassword'];
export type Overview = Schemas['Overview'];
export type PlanRequest = Omit<Schemas['Request'], 'steps'> & { steps: RequestStep[] };
export type RequestStep = Omit<Schemas['RequestStep'], 'input' | 'state'> & { input?: Record<string, unknown> | null; state: string };
export type RequestTemplates = Schemas['TemplateList'];
export type PlaybookCheck = Schemas['PlaybookCheck'];
export type PlaybookDetail = Schemas['PlaybookDetail'];
export type PlaybookInfo = Schemas['PlaybookInfo'];
export type PlaybookProblem = Schemas['PlaybookProblem'];
export type TrialResult = Schemas['TrialResult'];
export type FileProblem = Schemas['FileProblem'];
export type HealthReading = Schemas['HealthReading'];
export type NotificationChoice = Schemas['ChoiceInfo'];
export type NotificationChoices = Schemas['NotificationChoicesInfo'];
export type ReportDetail = Schemas['ReportDetail'];
export type ReportIncident = Schemas['ReportIncident'];
export type ReportInfo = Schemas['ReportInfo'];
export type RulesCheck = Schemas['RulesCheck'];
export type RulesInfo = Schemas['RulesInfo'];
export type RulesTrial = Schemas['RulesTrial'];
export type RunDetail = Schemas['RunDetail'];
export type RunInfo = Schemas['RunInfo'];
export type RunStarted = Schemas['RunStarted'];
export type SessionInfo = Schemas['SessionInfo'];
export type SettingsInfo = Schemas['SettingsInfo'];
export type UserInfo = Schemas['UserInfo'];
export type WorkflowDetail = Schemas['WorkflowDetail'];
export type WorkflowFileProblem = Schemas['WorkflowFileProblem'];
export type WorkflowImported = Schemas['WorkflowImported'];
export type WorkflowInfo = Schemas['WorkflowInfo'];
export type WorkflowInput = Schemas['WorkflowInput'];

/** One page of a list and how many there are in all. */
export interface Listing<T> {
  items: T[];
  page: number;
  pageSize: number;
  total: number;
}

/** What a question is about, with secrets masked. */
export interface Plan {
  hash: string;
  steps: { activityId: string; target: { kind: string; id: string; name: string }; parameters: Record<string, unknown> }[];
}
