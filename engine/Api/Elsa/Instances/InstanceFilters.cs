using System.Globalization;
using Homelab.Engine.Runs;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Api.Elsa.Instances;

/// <summary>Elsa's filter of instances, as lists and alterations send it.</summary>
internal sealed record InstanceFilter
{
    public int? Page { get; init; }

    public int? PageSize { get; init; }

    public string? SearchTerm { get; init; }

    public string? DefinitionId { get; init; }

    public IReadOnlyList<string>? DefinitionIds { get; init; }

    public IReadOnlyList<string>? WorkflowDefinitionIds { get; init; }

    public IReadOnlyList<string>? DefinitionVersionIds { get; init; }

    public IReadOnlyList<string>? WorkflowInstanceIds { get; init; }

    public string? CorrelationId { get; init; }

    public IReadOnlyList<string>? CorrelationIds { get; init; }

    public string? Name { get; init; }

    public IReadOnlyList<string>? Names { get; init; }

    public int? Version { get; init; }

    public bool? HasIncidents { get; init; }

    public bool? IsSystem { get; init; }

    public RunStatus? Status { get; init; }

    public IReadOnlyList<RunStatus>? Statuses { get; init; }

    public RunSubStatus? SubStatus { get; init; }

    public IReadOnlyList<RunSubStatus>? SubStatuses { get; init; }

    public IReadOnlyList<TimestampFilter>? TimestampFilters { get; init; }

    public string? OrderBy { get; init; }

    public string? OrderDirection { get; init; }

    public bool EmptyFilterSelectsAll { get; init; }

    public bool Descending => OrderDirection?.StartsWith("desc", StringComparison.OrdinalIgnoreCase) ?? true;

    public RunOrder Order => OrderBy?.ToUpperInvariant() switch { "NAME" => RunOrder.Name, "FINISHED" => RunOrder.Finished, "LASTEXECUTED" or "UPDATED" => RunOrder.Updated, _ => RunOrder.Created };

    public RunFilter ToFilter() => new()
    {
        Ids = WorkflowInstanceIds ?? [],
        DefinitionIds = [.. new[] { DefinitionId }.Where(id => !string.IsNullOrEmpty(id)).Select(id => id!), .. DefinitionIds ?? []],
        DefinitionVersionIds = DefinitionVersionIds ?? [],
        CorrelationIds = [.. new[] { CorrelationId }.Where(id => !string.IsNullOrEmpty(id)).Select(id => id!), .. CorrelationIds ?? []],
        Names = [.. new[] { Name }.Where(name => !string.IsNullOrEmpty(name)).Select(name => name!), .. Names ?? []],
        Statuses = [.. Status is { } status ? [status] : Array.Empty<RunStatus>(), .. Statuses ?? []],
        SubStatuses = [.. SubStatus is { } sub ? [sub] : Array.Empty<RunSubStatus>(), .. SubStatuses ?? []],
        Version = Version,
        HasIncidents = HasIncidents,
        Search = string.IsNullOrWhiteSpace(SearchTerm) ? null : SearchTerm.Trim(),
        Times = [.. (TimestampFilters ?? []).Select(filter => filter.ToFilter()).OfType<RunTimeFilter>()],
    };
}

internal sealed record TimestampFilter(string? Column, string? Operator, string? Timestamp)
{
    public RunTimeFilter? ToFilter()
    {
        if (!DateTimeOffset.TryParse(Timestamp, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at))
            return null;
        var column = Column?.ToUpperInvariant() switch { "CREATEDAT" => RunTime.Created, "UPDATEDAT" => RunTime.Updated, "FINISHEDAT" => RunTime.Finished, _ => (RunTime?)null };
        var comparison = Operator?.ToUpperInvariant() switch
        {
            "IS" => Comparison.Is, "ISNOT" => Comparison.IsNot, "GREATERTHAN" => Comparison.After, "GREATERTHANOREQUAL" => Comparison.NotBefore,
            "LESSTHAN" => Comparison.Before, "LESSTHANOREQUAL" => Comparison.NotAfter, _ => (Comparison?)null,
        };
        return column is null || comparison is null ? null : new RunTimeFilter(column.Value, comparison.Value, at);
    }
}
