using Homelab.Workflows.Definitions;

namespace Homelab.Engine.Definitions;

/// <summary>One version of a workflow as the store has it; immutable. The flags of <see cref="Definition"/> are those of the row.</summary>
internal sealed record StoredDefinition(WorkflowDefinition Definition, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, string? SourceFile)
{
    public string Id => Definition.Id;

    public string DefinitionId => Definition.DefinitionId;

    public int Version => Definition.Version;

    public string? Name => Definition.Name;

    public bool IsLatest => Definition.IsLatest;

    public bool IsPublished => Definition.IsPublished;

    public bool IsReadonly => Definition.IsReadonly;

    /// <summary>It was published or run, so its content stays: the next save makes another version.</summary>
    public bool IsFrozen { get; init; }
}

/// <summary>A row of a list: everything but the activities.</summary>
internal sealed record DefinitionSummary
{
    public required string Id { get; init; }

    public required string DefinitionId { get; init; }

    public string? Name { get; init; }

    public string? Description { get; init; }

    public int Version { get; init; }

    public string? ToolVersion { get; init; }

    public bool IsLatest { get; init; }

    public bool IsPublished { get; init; }

    public bool IsReadonly { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>What a list asks for. <see cref="PageSize"/> null is everything.</summary>
internal sealed record DefinitionQuery
{
    public VersionOptions Versions { get; init; } = VersionOptions.Latest;

    public string? SearchTerm { get; init; }

    public IReadOnlyCollection<string>? DefinitionIds { get; init; }

    public bool? IsSystem { get; init; }

    public bool? IsReadonly { get; init; }

    public DefinitionOrder Order { get; init; }

    public bool Descending { get; init; }

    public int Page { get; init; }

    public int? PageSize { get; init; }
}

internal enum DefinitionOrder
{
    Created,
    Name,
    Version,
}

internal sealed record DefinitionPage(IReadOnlyList<DefinitionSummary> Items, long TotalCount);

/// <summary>Which version of a definition: Elsa's words or a number.</summary>
internal readonly record struct VersionOptions
{
    private VersionOptions(string condition, int? version = null) => (Condition, Version) = (condition, version);

    public static VersionOptions Latest { get; } = new("is_latest = 1");

    public static VersionOptions Published { get; } = new("is_published = 1");

    public static VersionOptions LatestOrPublished { get; } = new("(is_latest = 1 OR is_published = 1)");

    public static VersionOptions LatestAndPublished { get; } = new("(is_latest = 1 AND is_published = 1)");

    public static VersionOptions Draft { get; } = new("is_published = 0");

    public static VersionOptions All { get; } = new("1 = 1");

    /// <summary>SQL over one row; takes @version when <see cref="Version"/> is set.</summary>
    public string Condition { get; }

    public int? Version { get; }

    public static VersionOptions Specific(int version) => new("version = @version", version);

    /// <summary>Null when the text is neither one of the words nor a number; an empty one is the fallback.</summary>
    public static VersionOptions? Parse(string? text, VersionOptions fallback) => text?.Trim() switch
    {
        null or "" => fallback,
        var word when word.Equals("latest", StringComparison.OrdinalIgnoreCase) => Latest,
        var word when word.Equals("published", StringComparison.OrdinalIgnoreCase) => Published,
        var word when word.Equals("latestOrPublished", StringComparison.OrdinalIgnoreCase) => LatestOrPublished,
        var word when word.Equals("latestAndPublished", StringComparison.OrdinalIgnoreCase) => LatestAndPublished,
        var word when word.Equals("draft", StringComparison.OrdinalIgnoreCase) => Draft,
        var word when word.Equals("all", StringComparison.OrdinalIgnoreCase) || word.Equals("allVersions", StringComparison.OrdinalIgnoreCase) => All,
        var word when int.TryParse(word, System.Globalization.CultureInfo.InvariantCulture, out var version) => Specific(version),
        _ => null,
    };
}
