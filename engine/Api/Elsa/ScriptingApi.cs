using System.Globalization;
using System.Text;
using System.Text.Json;
using Homelab.Engine.Definitions;
using Homelab.Workflows.Definitions;

namespace Homelab.Engine.Api.Elsa;

/// <summary>TypeScript declarations of what a script may call, for Monaco: the fixed functions, and those of this workflow's variables, inputs and activities.</summary>
internal static class ScriptingApi
{
    private const string Fixed = """
        declare function getWorkflowDefinitionId(): string;
        declare function getWorkflowDefinitionVersionId(): string;
        declare function getWorkflowDefinitionVersion(): number;
        declare function getWorkflowInstanceId(): string;
        declare function getCorrelationId(): string;
        declare function setCorrelationId(value: string): void;
        declare function getWorkflowInstanceName(): string;
        declare function setWorkflowInstanceName(value: string): void;
        declare function setVariable(name: string, value: any): void;
        declare function getVariable(name: string): any;
        declare function getInput(name: string): any;
        declare function getOutputFrom(activityIdOrName: string, outputName?: string): any;
        declare function getLastResult(): any;
        declare function isNullOrWhiteSpace(value: string): boolean;
        declare function isNullOrEmpty(value: string): boolean;
        declare function parseGuid(value: string): string;
        declare function getShortGuid(): string;
        declare function newShortGuid(): string;
        declare function getGuid(): string;
        declare function newGuid(): string;
        declare function getGuidString(): string;
        declare function newGuidString(): string;
        declare function toJson(value: any): string;
        declare function stringToBase64(value: string): string;
        declare function stringFromBase64(value: string): string;
        declare const LogPersistenceMode: { readonly Inherit: string; readonly Include: string; readonly Exclude: string };

        """;

    public static void Map(RouteGroupBuilder read) => read.MapPost("/scripting/javascript/type-definitions/{workflowDefinitionId}", TypesAsync);

    private static async Task<IResult> TypesAsync(string workflowDefinitionId, JsonElement body, DefinitionService definitions, CancellationToken token)
    {
        var text = new StringBuilder(Fixed.ReplaceLineEndings("\n"));
        if (await definitions.FindAsync(workflowDefinitionId, VersionOptions.Latest, token) is { } stored)
            Append(text, stored.Definition);
        if (body.ValueKind == JsonValueKind.Object && body.TryGetProperty("activityTypeName", out var type) && type.GetString() == "Elsa.RunJavaScript")
            text.Append("declare function setOutcome(name: string): void;\ndeclare function setOutcomes(names: string[]): void;\n");
        return TypedResults.Text(text.ToString(), "application/x-typescript");
    }

    private static void Append(StringBuilder text, WorkflowDefinition definition)
    {
        var variables = definition.Variables.Where(variable => IsName(variable.Name)).ToArray();
        foreach (var variable in variables)
            text.Append(CultureInfo.InvariantCulture, $"declare function get{Pascal(variable.Name)}(): {Type(variable.TypeName, variable.IsArray)};\ndeclare function set{Pascal(variable.Name)}(value: {Type(variable.TypeName, variable.IsArray)}): void;\n");
        text.Append("declare const variables: {\n");
        foreach (var variable in variables)
            text.Append(CultureInfo.InvariantCulture, $"  {variable.Name}: {Type(variable.TypeName, variable.IsArray)};\n");
        text.Append("};\n");
        foreach (var input in definition.Inputs.Where(input => IsName(input.Name) && !variables.Any(variable => Pascal(variable.Name) == Pascal(input.Name))))
            text.Append(CultureInfo.InvariantCulture, $"declare function get{Pascal(input.Name)}(): {Type(input.Type, input.IsArray)};\n");
        HashSet<string> named = [];
        foreach (var activity in definition.Activities())
            if (activity.Name is { } name && IsName(name))
                foreach (var output in BuiltInActivities.Find(activity.Type)?.Outputs.Select(output => output.Name) ?? ["Result"])
                    if (named.Add($"{output}:{name}"))
                        text.Append(CultureInfo.InvariantCulture, $"declare function get{Pascal(output)}From{Pascal(name)}(): any;\n");
    }

    private static bool IsName(string name) => name.Length > 0 && (char.IsLetter(name[0]) || name[0] is '_') && name.All(c => char.IsLetterOrDigit(c) || c == '_');

    private static string Pascal(string name) => char.ToUpperInvariant(name[0]) + name[1..];

    private static string Type(string? type, bool isArray) => (type?.ToUpperInvariant() switch
    {
        "STRING" or "GUID" or "TIMESPAN" => "string",
        "BOOLEAN" => "boolean",
        "INT16" or "INT32" or "INT64" or "LONG" or "SINGLE" or "DOUBLE" or "DECIMAL" => "number",
        "DATETIME" or "DATETIMEOFFSET" => "Date",
        _ => "any",
    }) + (isArray ? "[]" : "");
}
