using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Remediation;
using Homelab.Rules.Expressions;

namespace Homelab.Engine.Playbooks;

/// <summary>Reads what a file says to do: an activity with its input, and the expressions in it.</summary>
internal sealed class CallReader(ActivityCatalog catalog)
{
    /// <summary>An activity and its input, checked against the catalogue as far as they are known before the incident is.</summary>
    /// <param name="reads">Whether it must only read, or must change something; null where both may be.</param>
    public (string Activity, JsonObject Input) Call(YamlMap map, IReadOnlyCollection<string> names, bool? reads)
    {
        var id = map.Text("activity", required: true, what: "Name one; homelab activities lists them.") ?? "";
        var input = map.Json("input");
        Templates(map, "input", input, names);
        if (id.Length == 0)
            return (id, input);
        if (!catalog.TryFind(id, out var invoker) || invoker is ControlActivity)
        {
            map.Report("activity", $"'{id}' is no activity.{Near(id)} homelab activities lists them.");
            return (id, input);
        }

        var templated = input.Where(field => Template.Is(field.Value)).Select(field => field.Key).ToHashSet();
        var constant = JsonSerializer.SerializeToElement(new JsonObject(input.Where(field => !templated.Contains(field.Key)).Select(field => KeyValuePair.Create(field.Key, field.Value?.DeepClone()))));
        foreach (var problem in invoker.Validate(constant).Where(problem => !templated.Contains(problem.Path.TrimStart('$', '.').Split('.', '[')[0])))
            map.ReportBelow($"input{problem.Path.TrimStart('$')}", problem.Message);
        if (invoker.Descriptor.InputSchema["properties"] is JsonObject known)
            foreach (var field in templated.Where(field => !known.ContainsKey(field)))
                map.ReportBelow($"input.{field}", $"is not known; known are {string.Join(", ", known.Select(property => property.Key))}.");
        foreach (var secret in invoker.Descriptor.SecretInputs.Where(input.ContainsKey))
            map.ReportBelow($"input.{secret}", "is secret, and files like this one are read by many. Leave it out and use the connection's own.");

        var effect = templated.Count == 0 ? invoker.EffectOf(constant) : invoker.Descriptor.Effect;
        if (reads == true && effect != Effect.None)
            map.Report("activity", $"'{id}' changes something ({effect.ToString().ToLowerInvariant()}); here only reading is allowed.");
        if (reads == false && effect == Effect.None)
            map.Report("activity", $"'{id}' only reads, and a step changes something. Use it under preconditions or verify.");
        return (id, input);
    }

    public static void Templates(YamlMap map, string field, JsonNode json, IReadOnlyCollection<string> names)
    {
        try
        {
            foreach (var (path, expression) in Template.Expressions(json, field).ToList())
                foreach (var error in ExpressionCompiler.Check(expression, Template.Options, names))
                    map.ReportBelow(path, $"${{ {expression} }} {error}".ReplaceLineEndings(" "));
        }
        catch (FormatException exception)
        {
            map.Report(field, exception.Message);
        }
    }

    public static void Check(YamlMap map, string field, string expression, IReadOnlyCollection<string>? names)
    {
        foreach (var error in ExpressionCompiler.Check(expression, Template.Options, names))
            map.Report(field, error.ToString().ReplaceLineEndings(" "));
    }

    private string Near(string id)
    {
        var tool = id.Split('.')[0];
        var near = catalog.Invokers.Select(invoker => invoker.Descriptor.Id).Where(known => known.StartsWith(tool + ".", StringComparison.Ordinal)).ToList();
        return near.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" {tool} has {string.Join(", ", near)}.");
    }
}
