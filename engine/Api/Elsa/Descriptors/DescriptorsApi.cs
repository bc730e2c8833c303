using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Activities;

namespace Homelab.Engine.Api.Elsa.Descriptors;

/// <summary>What Studio builds its palette, forms and drop-downs from. Only what the engine does is listed.</summary>
internal static class DescriptorsApi
{
    private const string Core = "Elsa.Workflows.Core";

    /// <summary>Studio shows the form only when it has the answer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    public static void Map(RouteGroupBuilder read)
    {
        read.MapGet("/descriptors/activities", async Task<IResult> (ActivityDescriptions activities, Engine.Definitions.DefinitionService definitions, CancellationToken token) =>
            ElsaAnswers.List(await activities.VersionsAsync(definitions, token)));
        read.MapGet("/descriptors/activities/{typeName}", (string typeName, ActivityDescriptions activities) =>
            activities.Find(typeName) is { } activity ? (IResult)ElsaAnswers.Ok(activity) : TypedResults.NotFound());
        read.MapPost("/descriptors/activities/{activityTypeName}/options/{propertyName}", OptionsAsync);
        read.MapGet("/descriptors/expression-descriptors", () => ElsaAnswers.List(Expressions));
        read.MapGet("/descriptors/variables", () => ElsaAnswers.List(Variables));
        read.MapGet("/descriptors/storage-drivers", () => ElsaAnswers.List(StorageDrivers));
        read.MapGet("/descriptors/incident-strategies", () => ElsaAnswers.List(IncidentStrategies));
        read.MapGet("/descriptors/log-persistence-strategies", () => ElsaAnswers.List(LogPersistenceStrategies));
        read.MapGet("/descriptors/workflow-activation-strategies", () => ElsaAnswers.List(ActivationStrategies));
        // The engine commits around every effect whatever a definition says, so there is nothing to choose.
        read.MapGet("/descriptors/commit-strategies/workflows", () => ElsaAnswers.List(Array.Empty<object>()));
        read.MapGet("/descriptors/commit-strategies/activities", () => ElsaAnswers.List(Array.Empty<object>()));
        read.MapGet("/descriptors/output-converters", () => ElsaAnswers.List(Array.Empty<object>()));
    }

    internal static IReadOnlyList<ExpressionDescriptor> Expressions { get; } =
    [
        new("Literal", "Literal", false, null), new("Object", "Object", false, "json"), new("Json", "Json", false, "json"), new("Variable", "Variable", true, null),
        new("Input", "Input", true, null), new("JavaScript", "JavaScript", true, "javascript"), new("NCalc", "NCalc", true, "plaintext"), new("Handlebars", "Handlebars", true, "handlebars"),
    ];

    private static IReadOnlyList<TypeDescriptor> Variables { get; } =
    [
        new("Object", "Primitives", "Anything."), new("String", "Primitives", "Text."), new("Boolean", "Primitives", "True or false."), new("Int32", "Primitives", "A whole number of 32 bits."),
        new("Long", "Primitives", "A whole number of 64 bits."), new("Single", "Primitives", "A number of 32 bits with a fraction."), new("Double", "Primitives", "A number of 64 bits with a fraction."),
        new("Decimal", "Primitives", "A decimal number, exact."), new("Guid", "Primitives", "A globally unique id."), new("DateTime", "Primitives", "A date and time."),
        new("DateTimeOffset", "Primitives", "A date and time with its offset from UTC."), new("TimeSpan", "Primitives", "A duration."),
        new("StringDictionary", "Lookups", "Texts by name."), new("ObjectDictionary", "Lookups", "Values by name."), new("JSON", "Dynamic", "A JSON object whose members can be read by name."),
        new("JsonObject", "Dynamic", "A JSON object."), new("JsonNode", "Dynamic", "Any JSON value."),
    ];

    private static IReadOnlyList<object> StorageDrivers { get; } =
    [
        new { TypeName = $"Elsa.Workflows.WorkflowInstanceStorageDriver, {Core}", DisplayName = "Workflow Instance", Priority = 5, Deprecated = false },
        new { TypeName = $"Elsa.Workflows.MemoryStorageDriver, {Core}", DisplayName = "Memory", Priority = 0, Deprecated = false },
        new { TypeName = $"Elsa.Workflows.Services.WorkflowStorageDriver, {Core}", DisplayName = "Workflow", Priority = -1, Deprecated = true },
    ];

    private static IReadOnlyList<StrategyDescriptor> IncidentStrategies { get; } =
    [
        new("Continue with incidents", "The other branches go on.", $"Elsa.Workflows.IncidentStrategies.ContinueWithIncidentsStrategy, {Core}"),
        new("Fault", "The run is faulted; what was queued still runs, as in Elsa.", $"Elsa.Workflows.IncidentStrategies.FaultStrategy, {Core}"),
        new("Stop", "The run stops at once.", "Homelab.StopStrategy"),
    ];

    private static IReadOnlyList<StrategyDescriptor> LogPersistenceStrategies { get; } =
    [
        // The first is what Studio shows where nothing is chosen.
        new("Inherit", "As what contains it.", $"Elsa.Workflows.LogPersistence.Strategies.Inherit, {Core}"),
        new("Exclude", "Not kept in the journal.", $"Elsa.Workflows.LogPersistence.Strategies.Exclude, {Core}"),
        new("Include", "Kept in the journal.", $"Elsa.Workflows.LogPersistence.Strategies.Include, {Core}"),
    ];

    private static IReadOnlyList<StrategyDescriptor> ActivationStrategies { get; } =
    [
        new("Always", "Every start makes a run.", "Elsa.Workflows.Runtime.ActivationValidators.AllowAlwaysStrategy, Elsa.Workflows.Runtime"),
        new("Correlated singleton", "One run of this workflow at a time for each correlation id.", "Elsa.Workflows.Runtime.ActivationValidators.CorrelatedSingletonStrategy, Elsa.Workflows.Runtime"),
        new("Correlation", "One run of any workflow at a time for each correlation id.", "Elsa.Workflows.Runtime.ActivationValidators.CorrelationStrategy, Elsa.Workflows.Runtime"),
        new("Singleton", "One run of this workflow at a time.", "Elsa.Workflows.Runtime.ActivationValidators.SingletonStrategy, Elsa.Workflows.Runtime"),
    ];

    /// <summary>The input's drop-down as it is now; Studio asks when the form is opened. A tool that cannot be asked has no choices, and the value can still be written as an expression.</summary>
    private static async Task<IResult> OptionsAsync(string activityTypeName, string propertyName, JsonElement body, ActivityDescriptions activities, IEnumerable<IOptionsProvider> providers, CancellationToken token)
    {
        if (activities.Find(activityTypeName)?.Inputs.FirstOrDefault(input => input.Name.Equals(propertyName, StringComparison.OrdinalIgnoreCase)) is not { } input)
            return TypedResults.NotFound();
        if (input.UiSpecifications["Provider"]?.ToString() is not { } name || providers.FirstOrDefault(provider => provider.Name == name) is not { } live)
            return ElsaAnswers.Ok(new JsonObject { ["items"] = input.UiSpecifications.DeepClone() });
        IReadOnlyList<InputOption> options;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(token);
        patience.CancelAfter(Patience);
        try
        {
            options = [new InputOption("", ""), .. await live.ListAsync(Connection(body), patience.Token)];
        }
        catch (Exception error) when (error is ActivityException || (error is OperationCanceledException && !token.IsCancellationRequested))
        {
            // Why is on the tools page, where it can be mended.
            options = [new InputOption("", $"{name} cannot be listed: set up the connection, or write an expression")];
        }

        // What is chosen already stays a choice, whether the tool knows it now or not.
        var chosen = Literal(body, propertyName);
        if (chosen.Length > 0 && options.All(option => option.Value != chosen))
            options = [.. options, new InputOption(chosen, chosen)];
        return ElsaAnswers.Ok(new JsonObject { ["items"] = CatalogDescriptors.Live(name, options) });
    }

    private static string Connection(JsonElement body) => Literal(body, "connection") is { Length: > 0 } connection ? connection : "default";

    /// <summary>The text of an input in the form that Studio sends: {"context": {"connection": {"expression": {"value": "nas"}}}}.</summary>
    private static string Literal(JsonElement body, string property)
    {
        if (body.ValueKind != JsonValueKind.Object || JsonNode.Parse(body.GetRawText()) is not JsonObject { } form || form["context"] is not JsonObject context)
            return "";
        return context.FirstOrDefault(pair => pair.Key.Equals(property, StringComparison.OrdinalIgnoreCase)).Value is JsonObject { } input && input["expression"] is JsonObject expression
            && expression["type"]?.ToString() is null or "Literal" && expression["value"] is JsonValue value ? value.ToString() : "";
    }

    internal sealed record ExpressionDescriptor(string Type, string DisplayName, bool IsBrowsable, [property: System.Text.Json.Serialization.JsonIgnore] string? Language)
    {
        public bool IsSerializable => true;

        public IReadOnlyDictionary<string, string> Properties { get; } = Language is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["MonacoLanguage"] = Language };
    }

    internal sealed record TypeDescriptor(string TypeName, string Category, string Description)
    {
        public string DisplayName => TypeName;
    }

    internal sealed record StrategyDescriptor(string DisplayName, string Description, string TypeName);
}
