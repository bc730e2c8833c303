using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Homelab.Activities;
using Homelab.Engine.Connections;
using Homelab.Engine.Playbooks;
using Homelab.Engine.Remediation;
using Homelab.Rules.Expressions;

namespace Homelab.Engine.Requests;

/// <summary>From plain words to a plan: by the template that fits, else by a model, which can only name activities that there are. Looks, and does nothing.</summary>
internal sealed partial class RequestPlanner(RequestTemplates templates, Reading reading, ActivityCatalog catalog, ConnectionHealth connections)
{
    private const int MostSteps = 50;
    private const int LongestText = 2000;

    /// <summary>Whether a template is for such a request.</summary>
    public async Task<bool> FitsAsync(string text, CancellationToken cancellationToken) =>
        text.Length <= LongestText && (await templates.ReadAsync(cancellationToken)).Templates.Any(template => template.Fits(text) > 0);

    /// <returns>The steps and where they come from, or why there is no plan.</returns>
    public async Task<RequestDraft> PlanAsync(string text, CancellationToken cancellationToken)
    {
        if (text.Length is 0 or > LongestText)
            return RequestDraft.None($"A request has 1 to {LongestText} characters; this one has {text.Length}.");
        var (known, _) = await templates.ReadAsync(cancellationToken);
        var fits = known.Select(template => (Template: template, Words: template.Fits(text))).Where(one => one.Words > 0).OrderByDescending(one => one.Words).ToList();
        if (fits is [var best, ..] && (fits.Count == 1 || fits[1].Words < best.Words))
            return await FillAsync(best.Template, text, cancellationToken);
        if (fits.Count > 1)
            return RequestDraft.None($"It could be {string.Join(" or ", fits.Where(one => one.Words == fits[0].Words).Select(one => $"“{one.Template.Name}”"))}. Say more of it.");
        return connections.List().Any(state => state.Tool == "Model") ? await AskModelAsync(text, cancellationToken) : RequestDraft.None(
            known.Count == 0 ? "There are no templates of requests, and no model to ask. Write the steps by hand." : $"No template fits, and there is no model to ask. Templates: {string.Join(", ", known.Select(template => template.Name))}. Or write the steps by hand.");
    }

    private async Task<RequestDraft> FillAsync(RequestTemplate template, string text, CancellationToken cancellationToken)
    {
        var names = new JsonObject();
        foreach (var value in template.Values)
            names[value.Name] = ValueOf(value, text);
        if (template.Values.FirstOrDefault(value => names[value.Name] is null) is { } missing)
            return RequestDraft.None(missing.Tool is { } tool ? $"“{template.Name}” needs a connection of {tool}, and there is none. The page Connections shows how to make one." : $"“{template.Name}” needs to know: {missing.What}. Say it in the request.");
        List<RequestStep> steps = [];
        try
        {
            foreach (var step in template.Steps)
                foreach (var inner in await EachAsync(step.Each, names, cancellationToken))
                    steps.Add(new RequestStep
                    {
                        Id = $"s{steps.Count + 1}",
                        Title = Template.Resolve(step.Title, inner)?.ToString() ?? step.Title,
                        Activity = step.Activity,
                        Input = step.Activity is null ? null : (JsonObject)Template.Resolve(step.Input, inner)!, // an object stays one
                        Expect = step.Expect,
                        WithinSeconds = step.WithinSeconds,
                    });
        }
        catch (Exception exception) when (exception is ActivityException or ExpressionException)
        {
            return RequestDraft.None($"“{template.Name}” cannot be planned now: {exception.Message.ReplaceLineEndings(" ")}");
        }

        return steps.Count == 0
            ? RequestDraft.None($"“{template.Name}” finds nothing to do.")
            : steps.Count > MostSteps ? RequestDraft.None($"“{template.Name}” would be {steps.Count} steps; {MostSteps} at most. Ask for less.") : new RequestDraft(template.Name, $"template {template.Id}", steps, null);
    }

    private JsonNode? ValueOf(TemplateValue value, string text)
    {
        if (value.Tool is { } tool)
        {
            var of = connections.List().Where(state => state.Tool.Equals(tool, StringComparison.OrdinalIgnoreCase)).Select(state => state.Name).ToList();
            return of.Find(name => RequestTemplates.Holds(text, name)) ?? of.FirstOrDefault();
        }

        if (value.Pattern is { } pattern && Regex.Match(text, pattern, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1)) is { Success: true } match)
            return long.TryParse(match.Groups[1].Value, out var number) ? number : match.Groups[1].Value;
        return value.Default?.DeepClone();
    }

    private async Task<IReadOnlyList<JsonObject>> EachAsync(TemplateEach? each, JsonObject names, CancellationToken cancellationToken)
    {
        if (each is null)
            return [names];
        var output = await reading.PerformAsync(each.Activity, (JsonObject)Template.Resolve(each.Input, names)!, cancellationToken);
        return [.. (output?[each.Items] as JsonArray ?? []).Select(item => new JsonObject(names.Select(name => KeyValuePair.Create(name.Key, name.Value?.DeepClone()))) { [each.As] = item?.DeepClone() })
            .Where(inner => each.Where is null || Template.Holds(each.Where, inner).Holds)];
    }

    private async Task<RequestDraft> AskModelAsync(string text, CancellationToken cancellationToken)
    {
        var tools = connections.List().Select(state => state.Tool).Append("Dns").Append("Http").ToHashSet(StringComparer.OrdinalIgnoreCase);
        var offered = catalog.Invokers.Where(invoker => invoker is not ControlActivity && tools.Contains(invoker.Descriptor.Tool) && invoker.Descriptor.Tool != "Model").Select(invoker => invoker.Descriptor).ToList();
        JsonNode? answer;
        try
        {
            answer = await reading.PerformAsync(
                "model.extract_data",
                new JsonObject { ["text"] = text, ["schema"] = Schema(offered), ["instructions"] = Instructions(offered) },
                cancellationToken);
        }
        catch (ActivityException exception)
        {
            return RequestDraft.None($"No template fits, and the model could not make a plan: {exception.Message}");
        }

        var steps = (answer?["data"]?["steps"] as JsonArray ?? []).OfType<JsonObject>().Take(MostSteps).Select((step, index) => StepOf(step, index, offered)).ToList();
        return steps.Count == 0
            ? RequestDraft.None("No template fits, and the model found no steps for it. Say more of what you need, or write the steps by hand.")
            : new RequestDraft((string?)answer!["data"]!["title"] is { Length: > 0 } title ? Short(title, 100) : Short(text, 100), "model", steps, null);
    }

    /// <summary>A step as the model wrote it. What it names wrongly is checked when the plan is approved, like everything that people write.</summary>
    private static RequestStep StepOf(JsonObject step, int index, IReadOnlyList<ActivityDescriptor> offered)
    {
        var activity = (string?)step["activity"] is { } id && offered.Any(one => one.Id == id) ? id : null;
        JsonObject? input = null;
        try
        {
            input = activity is null ? null : JsonNode.Parse((string?)step["input"] is { Length: > 0 } given ? given : "{}") as JsonObject ?? [];
            _ = input?.Count;
        }
        catch (Exception exception) when (exception is System.Text.Json.JsonException or ArgumentException)
        {
            input = [];
        }

        return new RequestStep { Id = $"s{index + 1}", Title = Short((string?)step["title"] ?? activity ?? "Step", 200), Activity = activity, Input = input };
    }

    private static JsonObject Schema(IReadOnlyList<ActivityDescriptor> offered) => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject
        {
            ["title"] = new JsonObject { ["type"] = "string", ["maxLength"] = 100 },
            ["steps"] = new JsonObject
            {
                ["type"] = "array",
                ["maxItems"] = MostSteps,
                ["items"] = new JsonObject
                {
                    ["type"] = "object",
                    ["properties"] = new JsonObject
                    {
                        ["title"] = new JsonObject { ["type"] = "string", ["maxLength"] = 200 },
                        ["activity"] = new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. offered.Select(one => (JsonNode?)one.Id).Append("")]) },
                        ["input"] = new JsonObject { ["type"] = "string", ["description"] = "JSON object of the activity's inputs; empty for a person's step" },
                    },
                    ["required"] = new JsonArray("title", "activity", "input"),
                    ["additionalProperties"] = false,
                },
            },
        },
        ["required"] = new JsonArray("title", "steps"),
        ["additionalProperties"] = false,
    };

    private string Instructions(IReadOnlyList<ActivityDescriptor> offered)
    {
        var text = new StringBuilder(
            "The data is what a person asks for. Make the plan for it: few steps, in order, each with a short title. A step that an activity of this list can do names it and its input; anything else is a step for a person: leave its activity and input empty. "
            + $"Connections: {string.Join(", ", connections.List().Select(state => $"{state.Tool} {state.Name}"))}. Activities with their inputs (* must be given):\n");
        foreach (var one in offered)
        {
            var required = (one.InputSchema["required"] as JsonArray ?? []).Select(name => (string?)name).ToHashSet();
            var line = $"{one.Id}: {one.Description} ({string.Join(", ", (one.InputSchema["properties"] as JsonObject ?? []).Where(field => !one.SecretInputs.Contains(field.Key)).Select(field => field.Key + (required.Contains(field.Key) ? "*" : "")))})\n";
            if (text.Length + line.Length > 9_900)
                break;
            text.Append(line);
        }

        return text.ToString();
    }

    private static string Short(string text, int most) => text.Length <= most ? text : text[..(most - 1)] + "…";
}

/// <param name="Problem">Why there is no plan; null where there is one.</param>
internal sealed record RequestDraft(string Title, string Source, IReadOnlyList<RequestStep> Steps, string? Problem)
{
    public static RequestDraft None(string problem) => new("", "", [], problem);
}
