using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Homelab.Workflows.Definitions;

public enum ActivityKind
{
    Action,
    Trigger,
    Job,
    Task,
}

/// <param name="TypeName">Alias of FORMATS 1.6 or the short name of an enumeration.</param>
/// <param name="Default">JSON text; null where there is none.</param>
public sealed record BuiltInInput(string Name, string TypeName, string? Default = null)
{
    /// <summary>Held as a plain value, not wrapped in an expression.</summary>
    public bool IsRaw { get; init; }

    /// <summary>False: the activity evaluates it itself, when it needs it.</summary>
    public bool AutoEvaluate { get; init; } = true;

    public bool IsRequired { get; init; }

    public string UIHint { get; init; } = "singleline";

    public string? DisplayName { get; init; }
}

public sealed record BuiltInOutput(string Name, string TypeName);

/// <summary>What there is to know of an activity of Elsa's without running it: pure data, read by validation, the interpreter and Studio's palette.</summary>
public sealed record BuiltInActivity(string TypeName, string Category, string DisplayName, ActivityKind Kind)
{
    public ImmutableArray<BuiltInInput> Inputs { get; init; } = [];

    public ImmutableArray<BuiltInOutput> Outputs { get; init; } = [];

    public ImmutableArray<string> EmbeddedPorts { get; init; } = [];

    /// <summary>Empty: the implicit single port "Done", or ports made from an input (cases, branches, status codes, possible outcomes).</summary>
    public ImmutableArray<string> FlowPorts { get; init; } = [];

    public bool IsContainer { get; init; }

    public bool IsStart { get; init; }

    /// <summary>Completes what contains it.</summary>
    public bool IsTerminal { get; init; }

    public bool IsBrowsable { get; init; } = true;

    /// <summary>"WriteLine" of "Elsa.WriteLine".</summary>
    public string Name => TypeName[(TypeName.LastIndexOf('.') + 1)..];

    public BuiltInInput? Input(string name)
    {
        foreach (var input in Inputs)
            if (input.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                return input;
        return null;
    }
}

/// <summary>The one table of Elsa's own activities (FORMATS 1.9) and of the engine's own triggers, sorted by type.</summary>
public static partial class BuiltInActivities
{
    private static readonly Lazy<FrozenDictionary<string, BuiltInActivity>> ByType = new(() => All.ToFrozenDictionary(activity => activity.TypeName));

    public static BuiltInActivity? Find(string typeName) => ByType.Value.GetValueOrDefault(typeName);
}
