using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Workflows.Definitions;

namespace Homelab.Engine.Triggers;

/// <summary>An HTTP Endpoint activity as requests see it.</summary>
internal sealed record EndpointRoute
{
    public const string Stimulus = "Elsa.HttpEndpoint";

    public const string RequestTooLarge = "Request too large";

    public const string FileTooLarge = "File too large";

    public const string InvalidFileExtension = "Invalid file extension";

    public const string InvalidFileType = "Invalid file MIME type";

    public required string DefinitionId { get; init; }

    public required string ActivityId { get; init; }

    /// <summary>Normalised: no slashes at the ends, lower case outside of {names}.</summary>
    public required string Path { get; init; }

    public required string Method { get; init; }

    public bool Authorize { get; init; }

    public string? Policy { get; init; }

    public TimeSpan? Timeout { get; init; }

    public long? RequestBytes { get; init; }

    public long? FileBytes { get; init; }

    public IReadOnlyList<string> AllowedExtensions { get; init; } = [];

    public IReadOnlyList<string> BlockedExtensions { get; init; } = [];

    public IReadOnlyList<string> AllowedTypes { get; init; } = [];

    /// <summary>Outcomes by which the workflow hears itself of requests that would be refused.</summary>
    public IReadOnlyList<string> Exposed { get; init; } = [];

    /// <summary>The workflow writes the answer itself.</summary>
    public bool Responds { get; init; }

    /// <summary>Null when the definition has no such activity.</summary>
    public static EndpointRoute? Of(WorkflowDefinition definition, string activityId, string path, string method)
    {
        var activity = definition.Activities().FirstOrDefault(candidate => candidate.Id == activityId);
        if (activity is null)
            return null;
        return new EndpointRoute
        {
            DefinitionId = definition.DefinitionId,
            ActivityId = activityId,
            Path = path,
            Method = method,
            // Anything but a plain "no" is a yes: what cannot be read must not open a door.
            Authorize = Text(activity, "authorize") is { Length: > 0 } authorize ? !authorize.Equals("false", StringComparison.OrdinalIgnoreCase) : IsComputed(activity, "authorize"),
            Policy = Text(activity, "policy") is { Length: > 0 } policy ? policy : null,
            Timeout = TimeSpan.TryParse(Text(activity, "requestTimeout"), CultureInfo.InvariantCulture, out var timeout) && timeout > TimeSpan.Zero ? timeout : null,
            RequestBytes = Bytes(activity, "requestSizeLimit"),
            FileBytes = Bytes(activity, "fileSizeLimit"),
            AllowedExtensions = List(activity, "allowedFileExtensions"),
            BlockedExtensions = List(activity, "blockedFileExtensions"),
            AllowedTypes = List(activity, "allowedMimeTypes"),
            Exposed = Exposes(activity),
            Responds = definition.Activities().Any(candidate => candidate.Type is "Elsa.WriteHttpResponse" or "Elsa.WriteFileHttpResponse"),
        };
    }

    private static string[] Exposes(ActivityNode activity) =>
    [
        .. new[]
        {
            ("exposeRequestTooLargeOutcome", RequestTooLarge), ("exposeFileTooLargeOutcome", FileTooLarge), ("exposeInvalidFileExtensionOutcome", InvalidFileExtension), ("exposeInvalidFileMimeTypeOutcome", InvalidFileType),
        }.Where(pair => activity.Raw(pair.Item1) is { ValueKind: JsonValueKind.True }).Select(pair => pair.Item2),
    ];

    private static long? Bytes(ActivityNode activity, string name) =>
        long.TryParse(Text(activity, name), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) && bytes > 0 ? bytes : null;

    private static bool IsComputed(ActivityNode activity, string name) =>
        activity.Inputs.GetValueOrDefault(name)?.Expression is { Type: not ("Literal" or "Object" or "Json") };

    private static string? Text(ActivityNode activity, string name) => activity.Inputs.GetValueOrDefault(name)?.Expression is { Type: "Literal" or "Object" or "Json" } expression
        ? expression.Value.ValueKind switch
        {
            JsonValueKind.String => expression.Value.GetString(),
            JsonValueKind.Undefined or JsonValueKind.Null => null,
            _ => expression.Value.GetRawText(),
        }
        : null;

    private static string[] List(ActivityNode activity, string name)
    {
        var text = Text(activity, name);
        if (string.IsNullOrWhiteSpace(text))
            return [];
        try
        {
            return JsonNode.Parse(text) is JsonArray list ? [.. list.Select(item => item?.ToString()).OfType<string>()] : [text];
        }
        catch (JsonException)
        {
            return text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        }
    }
}
