using System.Text.Json.Nodes;
using Homelab.Activities;

namespace Homelab.Engine.Playbooks;

/// <summary>
/// A remediation in short form: which incidents it is for, what must hold before, what it saves, does and reads to see success, and the way back. Immutable; read from YAML by
/// <see cref="PlaybookReader"/>. Values may hold <c>${ expressions }</c>, see <see cref="Template"/>.
/// </summary>
internal sealed record Playbook
{
    /// <summary>The definition's id is <c>playbook-</c> and this.</summary>
    public required string Id { get; init; }

    public required string Name { get; init; }

    public string Description { get; init; } = "";

    public string Owner { get; init; } = "";

    /// <summary>Markdown: what it does, when it does not help, what a person does then.</summary>
    public string Docs { get; init; } = "";

    /// <summary>At least this much; what its activities say may raise it and never lowers it.</summary>
    public RiskLevel Risk { get; init; }

    /// <summary>How long it is not tried again on the same target.</summary>
    public TimeSpan Cooldown { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The higher is tried first, among those that fit the cause equally well.</summary>
    public int Priority { get; init; }

    /// <summary>Switched off: it stays listed and is not proposed.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>What it leaves behind when it did not help cannot harm: nothing is taken back, and the next playbook may be tried.</summary>
    public bool Harmless { get; init; }

    /// <summary>What is known of it before this installation tried it.</summary>
    public PlaybookPrior Prior { get; init; } = new();

    public required PlaybookMatch Match { get; init; }

    public IReadOnlyList<PlaybookPrecondition> Preconditions { get; init; } = [];

    public IReadOnlyList<PlaybookStep> Snapshot { get; init; } = [];

    public required IReadOnlyList<PlaybookStep> Steps { get; init; }

    public required PlaybookVerify Verify { get; init; }

    public IReadOnlyList<PlaybookStep> Rollback { get; init; } = [];

    /// <summary>Relative to the folder; null for one that came from elsewhere.</summary>
    public string? File { get; init; }

    public string DefinitionId => $"playbook-{Id}";
}

/// <summary>Every part that is given must fit.</summary>
internal sealed record PlaybookMatch
{
    /// <summary>Kinds of incidents, such as container_down.</summary>
    public required IReadOnlyList<string> Kinds { get; init; }

    /// <summary>Label to pattern; <c>*</c> is any text.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Pattern of the target's id, such as <c>docker:*</c>.</summary>
    public string? Target { get; init; }

    /// <summary>Diagnosed causes it is made for: it is tried before those that name none.</summary>
    public IReadOnlyList<string> Causes { get; init; } = [];

    /// <summary>Diagnosed causes it must not be used for.</summary>
    public IReadOnlyList<string> NotCauses { get; init; } = [];

    public string? Expression { get; init; }
}

/// <summary>Reads something; the output is a name for what comes after.</summary>
/// <param name="As">The output's name.</param>
/// <param name="Expression">Must be true; null where it only reads.</param>
/// <param name="Because">What it means when it is not.</param>
internal sealed record PlaybookPrecondition(string Activity, JsonObject Input, string As, string? Expression, string? Because);

internal sealed record PlaybookStep(string Activity, JsonObject Input);

/// <param name="Given">Names for the expression beside the output's fields.</param>
internal sealed record PlaybookVerify(string Activity, JsonObject Input, string Expression, JsonObject Given, double EverySeconds, double WithinSeconds);

/// <summary>Outcomes counted in before any of this installation's own.</summary>
internal sealed record PlaybookPrior(int Successes = 0, int Failures = 0)
{
    /// <summary>More than this cannot be claimed, so that what happens here soon counts for more.</summary>
    public const int Most = 20;
}

/// <summary>One thing that is wrong with a file of playbooks or diagnoses.</summary>
internal sealed record PlaybookProblem(string File, long Line, long Column, string Path, string Message)
{
    public override string ToString() => $"{File}:{Line}:{Column}: {(Path.Length > 0 ? Path + ": " : "")}{Message}";
}
