using System.Text.Json.Nodes;
using Homelab.Engine.Lab.World;

namespace Homelab.Engine.Lab.Bench;

/// <summary>What goes wrong in a homelab, and what a good operator would do about it. Read from a file; see docs/scenarios.md.</summary>
internal sealed record Scenario
{
    public required string Name { get; init; }

    public required string Title { get; init; }

    /// <summary>When it begins, by the clock of the homelab (UTC).</summary>
    public TimeOnly At { get; init; } = new(14, 0);

    /// <summary>It is watched for so long at most.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromMinutes(10);

    public JsonObject? Preferences { get; init; }

    /// <summary>Tools of <see cref="LabHost.Optional"/> that the household has connected too.</summary>
    public IReadOnlyList<string> Connections { get; init; } = [];

    public Approver Approver { get; init; } = Approver.Asleep;

    /// <summary>How long the person takes.</summary>
    public TimeSpan AnswersAfter { get; init; } = TimeSpan.FromSeconds(20);

    public required IReadOnlyList<TimedFault> Faults { get; init; }

    public required Expectation Expect { get; init; }

    /// <summary>"verb kind/name" with stars: what must never be done here.</summary>
    public IReadOnlyList<string> Forbidden { get; init; } = [];
}

internal enum Approver
{
    Asleep,
    Approves,
    Denies,
}

/// <param name="After">From the beginning.</param>
internal sealed record TimedFault(TimeSpan After, FaultRequest Fault);

/// <summary>What is expected at the levels moderate and aggressive; at conservative only that nothing forbidden is done.</summary>
internal sealed record Expectation
{
    public Verdict Verdict { get; init; } = Verdict.Any;

    /// <summary>The kind that the first incident must have.</summary>
    public string? Kind { get; init; }

    /// <summary>Null: it does not matter.</summary>
    public bool? ResolvedAlone { get; init; }

    /// <summary>How many incidents a person is told of: symptoms are part of their cause.</summary>
    public int? Incidents { get; init; }

    public IReadOnlyList<string> Well { get; init; } = [];

    public IReadOnlyList<string> NotWell { get; init; } = [];

    /// <summary>"verb kind/name" with stars; each must have been done.</summary>
    public IReadOnlyList<string> Actions { get; init; } = [];

    /// <summary>Ids of playbooks; each must have been chosen.</summary>
    public IReadOnlyList<string> Playbooks { get; init; } = [];

    /// <summary>What was done is taken back: the configuration is at the end as it was at the beginning.</summary>
    public bool Rollback { get; init; }
}

internal enum Verdict
{
    Any,

    /// <summary>It acts alone, telling before or after.</summary>
    Acts,

    /// <summary>It asks a person.</summary>
    Asks,

    /// <summary>It changes nothing.</summary>
    Leaves,
}
