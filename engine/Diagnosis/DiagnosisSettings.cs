namespace Homelab.Engine.Diagnosis;

/// <summary>Section <c>Diagnosis</c>: what is looked at when an incident opens.</summary>
internal sealed class DiagnosisSettings
{
    /// <summary>What is read for each kind of incident and what it means; <c>diagnosis.yaml</c> in the folder of workflows unless said.</summary>
    public string? File { get; set; }

    /// <summary>Work trees whose commits of the day before are looked at: <c>/srv/infra</c>, or <c>nas:/srv/infra</c> on the machine of that connection.</summary>
    public List<string> Repositories { get; set; } = [];
}
