using System.Text.Json.Nodes;
using Homelab.Engine.Runs;

namespace Homelab.Engine.Storage;

/// <summary>A run as lists show it.</summary>
internal sealed record RunSummary
{
    public required RunId Id { get; init; }

    public required string DefinitionId { get; init; }

    public required string DefinitionVersionId { get; init; }

    public required int Version { get; init; }

    public string? Name { get; init; }

    public string? CorrelationId { get; init; }

    public RunId? ParentRunId { get; init; }

    public required RunStatus Status { get; init; }

    public required RunSubStatus SubStatus { get; init; }

    public int IncidentCount { get; init; }

    public bool DryRun { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }
}

/// <summary>Every condition that is set must hold; an empty list is no condition.</summary>
internal sealed record RunFilter
{
    public IReadOnlyList<string> Ids { get; init; } = [];

    public IReadOnlyList<string> DefinitionIds { get; init; } = [];

    public IReadOnlyList<string> DefinitionVersionIds { get; init; } = [];

    public IReadOnlyList<string> CorrelationIds { get; init; } = [];

    public IReadOnlyList<string> ParentRunIds { get; init; } = [];

    public IReadOnlyList<string> Names { get; init; } = [];

    public IReadOnlyList<RunStatus> Statuses { get; init; } = [];

    public IReadOnlyList<RunSubStatus> SubStatuses { get; init; } = [];

    public int? Version { get; init; }

    public bool? HasIncidents { get; init; }

    /// <summary>Part of the name, or the whole id, correlation id or definition id; case does not matter.</summary>
    public string? Search { get; init; }

    public IReadOnlyList<RunTimeFilter> Times { get; init; } = [];
}

internal enum RunTime
{
    Created,
    Updated,
    Finished,
}

internal enum Comparison
{
    Is,
    IsNot,
    Before,
    NotAfter,
    After,
    NotBefore,
}

internal sealed record RunTimeFilter(RunTime Column, Comparison Comparison, DateTimeOffset Value);

internal enum RunOrder
{
    Created,
    Updated,
    Finished,
    Name,
}

/// <param name="Total">Of all pages.</param>
internal sealed record Page<T>(IReadOnlyList<T> Items, long Total);

/// <summary>A stored bookmark and the run that waits on it.</summary>
internal sealed record StoredBookmark(string Id, RunId RunId, string Name, string Hash, string? CorrelationId, string ActivityInstanceId, JsonNode? Payload, DateTimeOffset CreatedAt);

/// <summary>Something accepted that could not be processed after every attempt; kept with the reason until a person deletes or re-queues it.</summary>
internal sealed record DeadLetter(string Id, RunId? RunId, string Kind, string Payload, string Error, int Attempts, DateTimeOffset ReceivedAt, DateTimeOffset DiedAt);

internal sealed record RunCounts(long Running, long Suspended, long Inbox, long DeadLetters);
