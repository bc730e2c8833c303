using System.Collections.Immutable;
using System.Text.Json;

namespace Homelab.Workflows.Definitions;

/// <summary>From the model to the JSON that Elsa 3.7 and 3.8 write.</summary>
internal static class DefinitionWriter
{
    public static void Write(Utf8JsonWriter writer, WorkflowDefinition definition)
    {
        writer.WriteStartObject();
        writer.WriteString("$schema", WorkflowJson.Schema);
        writer.WriteString("id", definition.Id);
        writer.WriteString("definitionId", definition.DefinitionId);
        Text(writer, "tenantId", definition.TenantId);
        Text(writer, "name", definition.Name);
        Text(writer, "description", definition.Description);
        if (definition.CreatedAt is { } createdAt)
            writer.WriteString("createdAt", createdAt);
        writer.WriteNumber("version", definition.Version);
        Text(writer, "toolVersion", definition.ToolVersion);
        Variables(writer, definition.Variables);
        writer.WriteStartArray("inputs");
        foreach (var input in definition.Inputs)
        {
            writer.WriteStartObject();
            Text(writer, "type", input.Type);
            writer.WriteString("name", input.Name);
            Text(writer, "displayName", input.DisplayName);
            Text(writer, "description", input.Description);
            Text(writer, "category", input.Category);
            writer.WriteBoolean("isArray", input.IsArray);
            Text(writer, "uiHint", input.UIHint);
            Text(writer, "storageDriverType", input.StorageDriverType);
            Extra(writer, input.Extra);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("outputs");
        foreach (var output in definition.Outputs)
        {
            writer.WriteStartObject();
            Text(writer, "type", output.Type);
            writer.WriteString("name", output.Name);
            Text(writer, "displayName", output.DisplayName);
            Text(writer, "description", output.Description);
            Text(writer, "category", output.Category);
            writer.WriteBoolean("isArray", output.IsArray);
            Extra(writer, output.Extra);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("outcomes");
        foreach (var outcome in definition.Outcomes)
            writer.WriteStringValue(outcome);
        writer.WriteEndArray();
        Map(writer, "customProperties", definition.CustomProperties);
        writer.WriteBoolean("isReadonly", definition.IsReadonly);
        writer.WriteBoolean("isSystem", definition.IsSystem);
        writer.WriteBoolean("isLatest", definition.IsLatest);
        writer.WriteBoolean("isPublished", definition.IsPublished);
        Options(writer, definition.Options);
        Extra(writer, definition.Extra);
        writer.WritePropertyName("root");
        Write(writer, definition.Root);
        writer.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter writer, ActivityNode activity)
    {
        writer.WriteStartObject();
        writer.WriteString("id", activity.Id);
        Text(writer, "nodeId", activity.NodeId);
        Text(writer, "name", activity.Name);
        writer.WriteString("type", activity.Type);
        writer.WriteNumber("version", activity.Version);
        Map(writer, "customProperties", activity.CustomProperties);
        Map(writer, "metadata", activity.Metadata);
        foreach (var (name, input) in activity.Inputs.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            writer.WritePropertyName(name);
            Input(writer, input);
        }

        foreach (var (name, output) in activity.Outputs.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            writer.WriteStartObject(name);
            Text(writer, "typeName", output.TypeName);
            if (output.Target is { } target)
            {
                writer.WriteStartObject("memoryReference");
                writer.WriteString("id", target);
                writer.WriteEndObject();
            }

            Extra(writer, output.Extra);
            writer.WriteEndObject();
        }

        Extra(writer, activity.Extra);
        if (activity.Cases is { } cases)
            Cases(writer, cases);
        if (activity.States is { } states)
            States(writer, states);
        if (activity.Transitions is { } transitions)
            Transitions(writer, transitions);
        foreach (var (name, port) in activity.Ports.OrderBy(pair => pair.Value.Order))
        {
            writer.WritePropertyName(name);
            if (!port.IsList)
            {
                Write(writer, port.Activities[0]);
                continue;
            }

            writer.WriteStartArray();
            foreach (var child in port.Activities)
                Write(writer, child);
            writer.WriteEndArray();
        }

        if (activity.Variables is { } variables)
            Variables(writer, variables);
        if (activity.Connections is { } connections)
            Connections(writer, connections);
        writer.WriteEndObject();
    }

    private static void Objects<T>(Utf8JsonWriter writer, string name, ImmutableArray<T> items, Action<T> write)
    {
        writer.WriteStartArray(name);
        foreach (var item in items)
        {
            writer.WriteStartObject();
            write(item);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void Cases(Utf8JsonWriter writer, ImmutableArray<SwitchCase> cases) => Objects(writer, "cases", cases, item =>
    {
        Text(writer, "label", item.Label);
        if (item.Condition is { } condition)
            Expression(writer, "condition", condition);
        Slot(writer, "activity", item.Activity);
        Extra(writer, item.Extra);
    });

    private static void States(Utf8JsonWriter writer, ImmutableArray<MachineState> states) => Objects(writer, "states", states, state =>
    {
        writer.WriteString("name", state.Name);
        Slot(writer, "entry", state.Entry);
        Slot(writer, "exit", state.Exit);
        Extra(writer, state.Extra);
    });

    private static void Transitions(Utf8JsonWriter writer, ImmutableArray<Transition> transitions) => Objects(writer, "transitions", transitions, transition =>
    {
        Text(writer, "name", transition.Name);
        Text(writer, "displayName", transition.DisplayName);
        writer.WriteString("from", transition.From);
        writer.WriteString("to", transition.To);
        Slot(writer, "trigger", transition.Trigger);
        if (transition.Condition is { } condition)
        {
            writer.WritePropertyName("condition");
            Input(writer, condition);
        }

        Slot(writer, "action", transition.Action);
        Extra(writer, transition.Extra);
    });

    private static void Slot(Utf8JsonWriter writer, string name, ActivityNode? activity)
    {
        if (activity is null)
            return;
        writer.WritePropertyName(name);
        Write(writer, activity);
    }

    private static void Input(Utf8JsonWriter writer, ActivityInput input)
    {
        writer.WriteStartObject();
        Text(writer, "typeName", input.TypeName);
        if (input.Expression is { } expression)
            Expression(writer, "expression", expression);
        Extra(writer, input.Extra);
        writer.WriteEndObject();
    }

    private static void Connections(Utf8JsonWriter writer, ImmutableArray<Connection> connections) => Objects(writer, "connections", connections, connection =>
    {
        End(writer, "source", connection.Source, connection.SourcePort);
        End(writer, "target", connection.Target, connection.TargetPort);
        Extra(writer, connection.Extra);
    });

    private static void End(Utf8JsonWriter writer, string name, string activity, string? port)
    {
        writer.WriteStartObject(name);
        writer.WriteString("activity", activity);
        Text(writer, "port", port);
        writer.WriteEndObject();
    }

    private static void Expression(Utf8JsonWriter writer, string name, Expression expression)
    {
        writer.WriteStartObject(name);
        writer.WriteString("type", expression.Type);
        if (expression.Value.ValueKind != JsonValueKind.Undefined)
        {
            writer.WritePropertyName("value");
            expression.Value.WriteTo(writer);
        }

        Extra(writer, expression.Extra);
        writer.WriteEndObject();
    }

    private static void Variables(Utf8JsonWriter writer, ImmutableArray<VariableDefinition> variables) => Objects(writer, "variables", variables, variable =>
    {
        writer.WriteString("id", variable.Id);
        writer.WriteString("name", variable.Name);
        Text(writer, "typeName", variable.TypeName);
        writer.WriteBoolean("isArray", variable.IsArray);
        Text(writer, "value", variable.Value);
        Text(writer, "storageDriverTypeName", variable.StorageDriverTypeName);
        Extra(writer, variable.Extra);
    });

    private static void Options(Utf8JsonWriter writer, WorkflowOptions options)
    {
        writer.WriteStartObject("options");
        Text(writer, "activationStrategyType", options.ActivationStrategyType);
        if (options.UsableAsActivity is { } usable)
            writer.WriteBoolean("usableAsActivity", usable);
        writer.WriteBoolean("autoUpdateConsumingWorkflows", options.AutoUpdateConsumingWorkflows);
        Text(writer, "activityCategory", options.ActivityCategory);
        Text(writer, "incidentStrategyType", options.IncidentStrategyType);
        Text(writer, "commitStrategyName", options.CommitStrategyName);
        Extra(writer, options.Extra);
        writer.WriteEndObject();
    }

    private static void Text(Utf8JsonWriter writer, string name, string? value)
    {
        if (value is not null)
            writer.WriteString(name, value);
    }

    private static void Map(Utf8JsonWriter writer, string name, ImmutableDictionary<string, JsonElement> values)
    {
        writer.WriteStartObject(name);
        Extra(writer, values);
        writer.WriteEndObject();
    }

    private static void Extra(Utf8JsonWriter writer, ImmutableDictionary<string, JsonElement> values)
    {
        foreach (var (name, value) in values.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (value.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined)
                continue;
            writer.WritePropertyName(name);
            value.WriteTo(writer);
        }
    }
}
