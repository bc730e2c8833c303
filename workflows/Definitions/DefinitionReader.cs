using System.Collections.Immutable;
using System.Text.Json;

namespace Homelab.Workflows.Definitions;

/// <summary>From JSON to the model. Every failure names the path of the value that cannot be used.</summary>
internal static class DefinitionReader
{
    public static WorkflowDefinition Read(JsonElement json)
    {
        var o = new Fields(json, "$", "a workflow definition");
        if (!o.TryTake("root", out var root) || root.ValueKind == JsonValueKind.Null)
            throw new WorkflowJsonException(
                "The file is no workflow definition: it has no 'root'. Give it the root activity (usually type Elsa.Flowchart).", "$.root");

        var definitionId = o.Text("definitionId");
        var id = o.Text("id");
        var name = o.Text("name");
        var fallback = definitionId ?? id ?? name ?? throw new WorkflowJsonException(
            "The definition has no 'definitionId', no 'id' and no 'name'. Give it one of them.", "$.definitionId");
        var options = ReadOptions(o);

        return new WorkflowDefinition
        {
            Id = id ?? fallback,
            DefinitionId = definitionId ?? fallback,
            TenantId = o.Text("tenantId"),
            Name = name,
            Description = o.Text("description"),
            CreatedAt = o.Date("createdAt"),
            Version = o.Int("version") ?? 1,
            ToolVersion = o.Text("toolVersion"),
            Variables = ReadVariables(o) ?? [],
            Inputs = o.List("inputs", ReadInput),
            Outputs = o.List("outputs", ReadOutput),
            Outcomes = o.List("outcomes", (e, path) => e.ValueKind == JsonValueKind.String
                ? e.GetString() ?? ""
                : throw new WorkflowJsonException($"An outcome must be text, but {path} is {Describe(e)}.", path)),
            CustomProperties = o.Map("customProperties"),
            IsReadonly = o.Bool("isReadonly"),
            IsSystem = o.Bool("isSystem"),
            IsLatest = o.Bool("isLatest"),
            IsPublished = o.Bool("isPublished"),
            Options = options,
            Root = ReadActivity(root, "$.root"),
            Extra = o.Rest("$schema"),
        };
    }

    public static ActivityNode ReadActivity(JsonElement json, string path)
    {
        var o = new Fields(json, path, "an activity");
        var type = o.Text("type") ?? throw new WorkflowJsonException($"The activity at {path} has no 'type'. Name its activity type, such as Elsa.WriteLine.", path + ".type");
        var node = new ActivityNode
        {
            Id = o.Text("id") ?? path,
            NodeId = o.Text("nodeId"),
            Name = o.Text("name"),
            Type = type,
            Version = o.Int("version") ?? 1,
            CustomProperties = o.Map("customProperties"),
            Metadata = o.Map("metadata"),
            Variables = o.Peek("variables") is { ValueKind: JsonValueKind.Array } ? ReadVariables(o) : null,
            Connections = ReadConnections(o),
            States = type == "Elsa.StateMachine" && HasObjects(o, "states") ? o.List("states", ReadState) : null,
            Transitions = type == "Elsa.StateMachine" && HasObjects(o, "transitions") ? o.List("transitions", ReadTransition) : null,
        };

        var inputs = node.Inputs.ToBuilder();
        var outputs = node.Outputs.ToBuilder();
        var ports = node.Ports.ToBuilder();
        var extra = ActivityNode.EmptyExtra.ToBuilder();
        ImmutableArray<SwitchCase>? cases = null;
        foreach (var (name, value) in o.Remaining())
        {
            var at = $"{path}.{name}";
            if (IsWrappedInput(value))
                inputs[name] = ReadActivityInput(value, at);
            else if (IsOutput(value))
                outputs[name] = ReadActivityOutput(value, at);
            else if (IsActivity(value))
                ports[name] = new ActivityPort([ReadActivity(value, at)], IsList: false, ports.Count);
            else if (IsActivityList(name, value))
                ports[name] = new ActivityPort(
                    [.. value.EnumerateArray().Select((item, i) => ReadActivity(item, $"{at}[{i}]"))], IsList: true, ports.Count);
            else if (name.Equals("cases", StringComparison.OrdinalIgnoreCase) && IsObjectList(value))
                cases = [.. value.EnumerateArray().Select((item, i) => ReadCase(item, $"{at}[{i}]"))];
            else
                extra[name] = value;
        }

        return node with { Inputs = inputs.ToImmutable(), Outputs = outputs.ToImmutable(), Ports = ports.ToImmutable(), Cases = cases, Extra = extra.ToImmutable() };
    }

    private static bool IsObjectList(JsonElement value) => value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Object);

    private static bool HasObjects(Fields o, string name) => o.Peek(name) is { } value && IsObjectList(value);

    private static bool Has(JsonElement value, string name) => Fields.TryGet(value, name, out _);

    private static bool IsWrappedInput(JsonElement value) => value.ValueKind == JsonValueKind.Object
        && (Has(value, "expression") || (Has(value, "typeName") && !Has(value, "memoryReference") && !Has(value, "id") && !Has(value, "type")));

    private static bool IsOutput(JsonElement value) => value.ValueKind == JsonValueKind.Object && Has(value, "memoryReference") && !Has(value, "expression");

    private static bool IsActivity(JsonElement value) => value.ValueKind == JsonValueKind.Object
        && Fields.TryGet(value, "type", out var type) && type.ValueKind == JsonValueKind.String && (Has(value, "id") || Has(value, "nodeId"));

    private static bool IsActivityList(string name, JsonElement value) => value.ValueKind == JsonValueKind.Array
        && (value.GetArrayLength() == 0
            ? name.ToUpperInvariant() is "ACTIVITIES" or "BRANCHES"
            : value.EnumerateArray().All(IsActivity));

    private static ActivityInput ReadActivityInput(JsonElement json, string path)
    {
        var o = new Fields(json, path, "an input");
        return new ActivityInput
        {
            TypeName = o.Text("typeName"),
            Expression = o.TryTake("expression", out var expression) && expression.ValueKind == JsonValueKind.Object
                ? ReadExpression(expression, path + ".expression")
                : null,
            Extra = o.Rest(),
        };
    }

    internal static Expression ReadExpression(JsonElement json, string path)
    {
        var o = new Fields(json, path, "an expression");
        var type = o.Text("type") ?? "Literal";
        o.TryTake("value", out var value);
        return new Expression(type, value) { Extra = o.Rest() };
    }

    private static ActivityOutput ReadActivityOutput(JsonElement json, string path)
    {
        var o = new Fields(json, path, "an output");
        string? target = null;
        if (o.Peek("memoryReference") is { ValueKind: JsonValueKind.Object } reference
            && reference.EnumerateObject().Count() == 1 && Fields.TryGet(reference, "id", out var id) && id.ValueKind == JsonValueKind.String)
        {
            target = id.GetString();
            o.TryTake("memoryReference", out _);
        }

        return new ActivityOutput { TypeName = o.Text("typeName"), Target = target, Extra = o.Rest() };
    }

    private static SwitchCase ReadCase(JsonElement json, string path)
    {
        var o = new Fields(json, path, "a case");
        return new SwitchCase
        {
            Label = o.Text("label"),
            Condition = o.TryTake("condition", out var condition) && condition.ValueKind == JsonValueKind.Object
                ? ReadExpression(condition, path + ".condition")
                : null,
            Activity = o.Peek("activity") is { ValueKind: JsonValueKind.Object } && o.TryTake("activity", out var activity)
                ? ReadActivity(activity, path + ".activity")
                : null,
            Extra = o.Rest(),
        };
    }

    private static MachineState ReadState(JsonElement json, string path)
    {
        var o = new Fields(json, path, "a state");
        return new MachineState { Name = o.Text("name") ?? "", Entry = ReadSlot(o, "entry"), Exit = ReadSlot(o, "exit"), Extra = o.Rest() };
    }

    private static Transition ReadTransition(JsonElement json, string path)
    {
        var o = new Fields(json, path, "a transition");
        return new Transition
        {
            Name = o.Text("name"),
            DisplayName = o.Text("displayName"),
            From = o.Text("from") ?? "",
            To = o.Text("to") ?? "",
            Trigger = ReadSlot(o, "trigger"),
            Condition = ReadCondition(o),
            Action = ReadSlot(o, "action"),
            Extra = o.Rest(),
        };
    }

    /// <summary>What is no activity is left where it is, for validation to name it.</summary>
    private static ActivityNode? ReadSlot(Fields o, string name) =>
        o.Peek(name) is { ValueKind: JsonValueKind.Object } value && Fields.TryGet(value, "type", out var type) && type.ValueKind == JsonValueKind.String && o.TryTake(name, out _)
            ? ReadActivity(value, $"{o.Path}.{name}")
            : null;

    /// <summary>A bare value stands for its literal. What is no input is left where it is: Elsa does not heed it, and validation says so.</summary>
    private static ActivityInput? ReadCondition(Fields o) => o.Peek("condition") switch
    {
        { } value when IsWrappedInput(value) && o.TryTake("condition", out _) => ReadActivityInput(value, o.Path + ".condition"),
        { ValueKind: JsonValueKind.True or JsonValueKind.False or JsonValueKind.String } value when o.TryTake("condition", out _) =>
            new ActivityInput { TypeName = "Boolean", Expression = new Expression("Literal", value) },
        _ => null,
    };

    private static ImmutableArray<Connection>? ReadConnections(Fields o)
    {
        if (o.Peek("connections") is not { } value || value.ValueKind is not (JsonValueKind.Array or JsonValueKind.Object))
            return null;
        o.TryTake("connections", out _);
        if (value.ValueKind == JsonValueKind.Object)
        {
            if (Fields.TryGet(value, "$values", out var values) && values.ValueKind == JsonValueKind.Array)
                value = values;
            else
                return ReadConnection(value, o.Path + ".connections") is { } single ? [single] : [];
        }

        return [.. value.EnumerateArray().Select((item, i) => ReadConnection(item, $"{o.Path}.connections[{i}]")).OfType<Connection>()];
    }

    private static Connection? ReadConnection(JsonElement json, string path)
    {
        var o = new Fields(json, path, "a connection");
        var (source, sourcePort) = ReadEnd(o, "source");
        var (target, targetPort) = ReadEnd(o, "target");
        sourcePort ??= o.Text("sourcePort");
        targetPort ??= o.Text("targetPort");
        return source is null || target is null ? null : new Connection(source, sourcePort, target, targetPort) { Extra = o.Rest() };
    }

    private static (string? Activity, string? Port) ReadEnd(Fields o, string name)
    {
        if (!o.TryTake(name, out var value))
            return default;
        if (value.ValueKind == JsonValueKind.String)
            return (value.GetString(), null);
        if (value.ValueKind != JsonValueKind.Object)
            return default;
        var end = new Fields(value, $"{o.Path}.{name}", "an end of a connection");
        var activity = end.Peek("activity") is { ValueKind: JsonValueKind.Object } nested
            ? Fields.TryGet(nested, "id", out var id) ? id.GetString() : null
            : end.Text("activity");
        return (activity ?? end.Text("activityId"), end.Text("port"));
    }

    private static WorkflowOptions ReadOptions(Fields o)
    {
        if (o.Peek("options") is not { ValueKind: JsonValueKind.Object } value)
            return new WorkflowOptions();
        o.TryTake("options", out _);
        var options = new Fields(value, "$.options", "the options");
        return new WorkflowOptions
        {
            ActivationStrategyType = options.Text("activationStrategyType"),
            UsableAsActivity = options.OptionalBool("usableAsActivity"),
            AutoUpdateConsumingWorkflows = options.Bool("autoUpdateConsumingWorkflows"),
            ActivityCategory = options.Text("activityCategory"),
            IncidentStrategyType = options.Text("incidentStrategyType"),
            CommitStrategyName = options.Text("commitStrategyName"),
            Extra = options.Rest(),
        };
    }

    private static ImmutableArray<VariableDefinition>? ReadVariables(Fields o) => o.List("variables", (json, path) =>
    {
        var v = new Fields(json, path, "a variable");
        var name = v.Text("name");
        var id = v.Text("id");
        var value = v.Peek("value") is { ValueKind: JsonValueKind.Null } ? null : v.Scalar("value");
        return new VariableDefinition
        {
            Id = id ?? name ?? path,
            Name = name ?? id ?? "",
            TypeName = v.Text("typeName"),
            IsArray = v.Bool("isArray"),
            Value = value,
            StorageDriverTypeName = v.Text("storageDriverTypeName"),
            Extra = v.Rest(),
        };
    });

    private static InputDefinition ReadInput(JsonElement json, string path)
    {
        var i = new Fields(json, path, "an input");
        return new InputDefinition
        {
            Name = i.Text("name") ?? throw new WorkflowJsonException($"The input at {path} has no 'name'.", path + ".name"),
            Type = i.Text("type"),
            DisplayName = i.Text("displayName"),
            Description = i.Text("description"),
            Category = i.Text("category"),
            IsArray = i.Bool("isArray"),
            UIHint = i.Text("uiHint"),
            StorageDriverType = i.Text("storageDriverType"),
            Extra = i.Rest(),
        };
    }

    private static OutputDefinition ReadOutput(JsonElement json, string path)
    {
        var i = new Fields(json, path, "an output");
        return new OutputDefinition
        {
            Name = i.Text("name") ?? throw new WorkflowJsonException($"The output at {path} has no 'name'.", path + ".name"),
            Type = i.Text("type"),
            DisplayName = i.Text("displayName"),
            Description = i.Text("description"),
            Category = i.Text("category"),
            IsArray = i.Bool("isArray"),
            Extra = i.Rest(),
        };
    }

    internal static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "text",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "true or false",
        _ => "null",
    };
}
