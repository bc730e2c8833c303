using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Homelab.Engine.Api.Elsa.Descriptors;

/// <summary>An activity as Studio's palette and forms want it (FORMATS 3). Field names are Elsa's.</summary>
internal sealed partial record StudioActivity
{
    public required string TypeName { get; init; }

    public string ClrType => TypeName;

    public string Namespace => TypeName.LastIndexOf('.') is > 0 and var dot ? TypeName[..dot] : "";

    public string Name => TypeName[(TypeName.LastIndexOf('.') + 1)..];

    public int Version { get; init; } = 1;

    public required string Category { get; init; }

    public required string DisplayName { get; init; }

    public string? Description { get; init; }

    public IReadOnlyList<StudioInput> Inputs { get; init; } = [];

    public IReadOnlyList<StudioOutput> Outputs { get; init; } = [];

    /// <summary>Action, Trigger (may start workflows), Job (always in the background), Task (in the background if asked).</summary>
    public string Kind { get; init; } = "Action";

    public bool RunAsynchronously { get; init; }

    /// <summary>Without a flow port Studio draws one named Done.</summary>
    public IReadOnlyList<StudioPort> Ports { get; init; } = [];

    public JsonObject CustomProperties { get; init; } = [];

    /// <summary>Set on every activity of this type that is dragged from the palette.</summary>
    public JsonObject ConstructionProperties { get; init; } = [];

    public bool IsContainer { get; init; }

    public bool IsBrowsable { get; init; } = true;

    public bool IsStart { get; init; }

    public bool IsTerminal { get; init; }

    /// <summary>"correlationId" and "CorrelationId" both become "Correlation ID"-like words: "Correlation Id".</summary>
    public static string Words(string name) =>
        name.Length == 0 ? name : char.ToUpperInvariant(name[0]) + WordBoundary().Replace(name[1..], " $1");

    [GeneratedRegex("(?<=[a-z0-9])([A-Z])")]
    private static partial Regex WordBoundary();
}

internal sealed record StudioInput
{
    public required string Name { get; init; }

    public required string TypeName { get; init; }

    public required string DisplayName { get; init; }

    public string? Description { get; init; }

    public double Order { get; init; }

    public bool IsBrowsable { get; init; } = true;

    public bool IsSerializable { get; init; } = true;

    /// <summary>True for inputs that are not properties of a class: catalogue activities and workflows used as activities.</summary>
    public bool IsSynthetic { get; init; }

    /// <summary>True: the value is <c>{typeName, expression}</c>; false: the plain value.</summary>
    public bool IsWrapped { get; init; } = true;

    public required string UiHint { get; init; }

    public string? Category { get; init; }

    public JsonNode? DefaultValue { get; init; }

    public string? DefaultSyntax { get; init; }

    public bool IsReadOnly { get; init; }

    public bool IsSensitive { get; init; }

    public bool AutoEvaluate { get; init; } = true;

    public JsonObject UiSpecifications { get; init; } = [];
}

internal sealed record StudioOutput
{
    public required string Name { get; init; }

    public required string TypeName { get; init; }

    public required string DisplayName { get; init; }

    public string? Description { get; init; }

    public double Order { get; init; }

    public bool IsBrowsable { get; init; } = true;

    public bool IsSerializable { get; init; } = true;

    public bool IsSynthetic { get; init; }
}

/// <param name="Type">Flow: a connection starts there; Embedded: an activity sits inside.</param>
internal sealed record StudioPort(string Name, string DisplayName, string Type, bool IsBrowsable = true);
