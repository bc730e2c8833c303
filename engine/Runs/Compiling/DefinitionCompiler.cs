using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Expressions;
using Homelab.Engine.Runs.Behaviors;
using Homelab.Workflows.Definitions;
using Expression = Homelab.Workflows.Definitions.Expression;
using ValueType = Homelab.Engine.Expressions.ValueType;

namespace Homelab.Engine.Runs.Compiling;

/// <summary>What the compiler asks about the world: other definitions, and the catalogue. A snapshot: it answers the same for as long as one compilation takes.</summary>
internal interface IDefinitionLookup
{
    /// <summary>The workflow that an activity of this type stands for; null when there is none.</summary>
    WorkflowDefinition? FindComposite(string activityType, int version, string? definitionId, string? definitionVersionId);

    /// <summary>An activity of the catalogue; null when there is none.</summary>
    ActivityDescriptor? FindActivity(string activityType);
}

/// <summary>From a definition to what runs. Never fails: what cannot run is compiled into a fault that says why.</summary>
internal sealed class DefinitionCompiler(ExpressionCompiler expressions, JavaScriptEngines javaScript)
{
    private const int MaximumDepth = 16;

    private readonly BehaviorTable _behaviors = new(javaScript);

    public CompiledDefinition Compile(WorkflowDefinition definition, IDefinitionLookup lookup)
    {
        var nodes = new List<CompiledNode>();
        new Compilation(this, lookup, nodes).Workflow(definition, null, 0);
        var text = string.Join('\n', nodes.SelectMany(node => Texts(node.Source)).Distinct());
        var all = text.Contains("getOutputFrom", StringComparison.Ordinal);
        var last = text.Contains("LastResult", StringComparison.Ordinal);
        foreach (var node in nodes)
        {
            node.KeepsLastResult = last;
            node.KeepsOutputs = all || (node.PascalName.Length > 0 && text.Contains("From" + node.PascalName, StringComparison.Ordinal));
        }

        return new CompiledDefinition(definition, nodes);
    }

    private static IEnumerable<string> Texts(ActivityNode node) =>
        node.Inputs.Values.Select(input => input.Expression).Concat((node.Cases ?? []).Select(item => item.Condition)).Concat((node.Transitions ?? []).Select(transition => transition.Condition?.Expression)).Concat(LogPersistence.Expressions(node.CustomProperties).Select(log => log.Expression)).Append(node.ResilienceExpression)
            .Where(expression => expression is not null && expression.Value.ValueKind == JsonValueKind.String)
            .Select(expression => expression!.Value.GetString() ?? ""); // filtered above

    private sealed class Compilation(DefinitionCompiler compiler, IDefinitionLookup lookup, List<CompiledNode> nodes)
    {
        public CompiledNode Workflow(WorkflowDefinition definition, CompiledNode? parent, int depth)
        {
            var id = "Workflow" + Nesting(definition, depth).ToString(CultureInfo.InvariantCulture);
            var node = new CompiledNode
            {
                Id = id,
                NodeId = parent is null ? id : parent.NodeId + ":" + id,
                Type = "Elsa.Workflow",
                Source = new ActivityNode { Id = id, Type = "Elsa.Workflow" },
                Definition = definition,
                Parent = parent,
                IsVariableContainer = true,
                Behavior = compiler._behaviors.Find("Elsa.Workflow")!, // in the table
                // Empty text is no value to a workflow's variable; to a container's it is one.
                Variables = [.. definition.Variables.Select(variable => Variable(string.IsNullOrWhiteSpace(variable.Value) ? variable with { Value = null } : variable))],
                Outputs = [new CompiledOutput("Result", null)],
            };
            nodes.Add(node);
            node.Ports = new Dictionary<string, CompiledNode[]> { ["root"] = [Activity(definition.Root, definition, node, depth)] };
            return node;
        }

        /// <summary>Elsa names a workflow after those inside it: one that holds another is Workflow2.</summary>
        private int Nesting(WorkflowDefinition definition, int depth)
        {
            if (depth >= MaximumDepth)
                return 1;
            var deepest = 0;
            foreach (var activity in definition.Activities())
                if (Composite(activity) is { } inner && inner.Id != definition.Id)
                    deepest = Math.Max(deepest, Nesting(inner, depth + 1));
            return deepest + 1;
        }

        private WorkflowDefinition? Composite(ActivityNode activity) => compiler._behaviors.Find(activity.Type) is null && lookup.FindActivity(activity.Type) is null
            ? lookup.FindComposite(activity.Type, activity.Version, activity.RawText("workflowDefinitionId"), activity.RawText("workflowDefinitionVersionId"))
            : null;

        private CompiledNode Activity(ActivityNode source, WorkflowDefinition definition, CompiledNode parent, int depth)
        {
            source = Restored(source);
            var behavior = compiler._behaviors.Find(source.Type);
            var descriptor = behavior is null ? lookup.FindActivity(source.Type) : null;
            var composite = behavior is null && descriptor is null ? Composite(source) : null;
            if (composite is not null && depth >= MaximumDepth)
                (composite, behavior) = (null, new UnsupportedBehavior($"workflows nest deeper than {MaximumDepth}. A workflow may not contain itself."));
            var type = behavior is null && descriptor is null && composite is null ? MissingActivity.TypeName : source.Type;
            var node = new CompiledNode
            {
                Id = source.Id,
                NodeId = Unique(parent.NodeId + ":" + source.Id),
                Type = type,
                Version = source.Version,
                Name = source.Name,
                PascalName = JavaScriptAccessors.Pascal(source.Name ?? source.Id),
                Source = source,
                Definition = definition,
                Parent = parent,
                BuiltIn = BuiltInActivities.Find(source.Type),
                IsVariableContainer = composite is not null || source.Type is "Elsa.Flowchart" or "Elsa.Sequence" or "Elsa.Parallel",
                CanStartWorkflow = source.CanStartWorkflow,
                RunAsynchronously = source.RunAsynchronously,
                MergeMode = source.CustomProperties.TryGetValue("mergeMode", out var mode) && Enum.TryParse<MergeMode>(mode.ToString(), true, out var merge) ? merge : MergeMode.None,
                Retry = StepOptions.Retry(source),
                RetryExpression = source.ResilienceExpression is { } resilience ? compiler.Compile(resilience, ValueType.Object) : null,
                Timeout = StepOptions.Timeout(source) ?? descriptor?.Timeout,
                Variables = [.. (source.Variables ?? []).Select(Variable)],
                Behavior = behavior ?? (composite is not null ? compiler._behaviors.Composite : descriptor is not null ? compiler._behaviors.Perform : compiler._behaviors.NotFound),
            };
            nodes.Add(node);
            if (type == MissingActivity.TypeName)
                return node;
            node.Inputs = Inputs(node, descriptor, composite);
            node.Outputs = Outputs(node, composite);
            node.OutputLog = Log(node, "outputs");
            node.Ports = composite is not null
                ? new Dictionary<string, CompiledNode[]> { ["root"] = [Workflow(composite, node, depth + 1)] }
                : source.Ports.ToDictionary(
                    port => port.Key,
                    port => port.Value.Activities.Select(child => Activity(child, definition, node, depth)).ToArray(),
                    StringComparer.OrdinalIgnoreCase);
            node.Cases = Cases(node, definition, depth);
            node.Connections = Connections(node);
            node.States = [.. (source.States ?? []).Select(state => new CompiledState(state.Name, Slot(state.Entry), Slot(state.Exit)))];
            node.Transitions = [.. (source.Transitions ?? []).Select(transition => new CompiledTransition(
                transition.Title, transition.From, transition.To, Slot(transition.Trigger), transition.Condition?.Expression is { } condition ? compiler.Compile(condition, ValueType.Boolean) : null, Slot(transition.Action)))];
            return node;

            CompiledNode? Slot(ActivityNode? child) => child is null ? null : Activity(child, definition, node, depth);
        }

        /// <summary>A placeholder of an activity that is known again runs as what it was.</summary>
        private ActivityNode Restored(ActivityNode source) =>
            MissingActivity.Original(source) is { } original && (compiler._behaviors.Find(original.Type) is not null || lookup.FindActivity(original.Type) is not null || Composite(original) is not null)
                ? original
                : source;

        private string Unique(string nodeId)
        {
            var result = nodeId;
            for (var i = 2; nodes.Exists(node => node.NodeId == result); i++)
                result = nodeId + "#" + i.ToString(CultureInfo.InvariantCulture);
            return result;
        }

        private List<CompiledInput> Inputs(CompiledNode node, ActivityDescriptor? descriptor, WorkflowDefinition? composite)
        {
            var result = new List<CompiledInput>();
            var log = Log(node, "inputs");
            if (node.BuiltIn is { } builtIn)
            {
                foreach (var input in builtIn.Inputs)
                    if (!input.IsRaw)
                        Add(input.Name, ValueType.Parse(input.TypeName), input.Default is null ? null : JsonNode.Parse(input.Default), input.AutoEvaluate, false);
                return result;
            }

            if (composite is not null)
            {
                foreach (var input in composite.Inputs)
                    Add(input.Name, ValueType.Parse(input.Type, input.IsArray), null, true, false);
                return result;
            }

            foreach (var (name, input) in node.Source.Inputs.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                Add(name, ValueType.Parse(input.TypeName), null, true, IsSecret(name));
            foreach (var (name, raw) in node.Source.Extra.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                if (raw.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined) && Takes(name))
                    Add(name, ValueType.Object, null, true, IsSecret(name));
            return result;

            bool IsSecret(string name) => descriptor?.SecretInputs.Any(secret => secret.Equals(name, StringComparison.OrdinalIgnoreCase)) == true;

            bool Takes(string name) => descriptor?.InputSchema["properties"] is JsonObject properties && properties.Any(property => property.Key.Equals(name, StringComparison.OrdinalIgnoreCase));

            void Add(string name, ValueType type, JsonNode? fallback, bool autoEvaluate, bool isSecret)
            {
                var isWritten = node.Source.Inputs.TryGetValue(name, out var input);
                var expression = isWritten ? input?.Expression
                    : node.Source.Raw(name) is { } raw ? new Expression(raw.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? "Object" : "Literal", raw) : null;
                result.Add(new CompiledInput(name, type, expression is null ? null : compiler.Compile(expression, type, isWritten && descriptor is null), ValueConverter.Convert(fallback, type), autoEvaluate, isSecret, log(name))
                {
                    IsPrompt = descriptor?.PromptInputs.Any(prompt => prompt.Equals(name, StringComparison.OrdinalIgnoreCase)) == true,
                });
            }
        }

        private static List<CompiledOutput> Outputs(CompiledNode node, WorkflowDefinition? composite)
        {
            var names = composite?.Outputs.Select(output => output.Name) ?? node.BuiltIn?.Outputs.Select(output => output.Name) ?? [];
            var result = new List<CompiledOutput>();
            foreach (var name in names.Concat(node.Source.Outputs.Keys).Distinct(StringComparer.OrdinalIgnoreCase))
                result.Add(new CompiledOutput(name, node.Source.Outputs.TryGetValue(name, out var output) ? output.Target : null));
            return result;
        }

        /// <summary>Nearest first: what the input or output says, what its activity says, what the workflow says; kept where nobody says anything.</summary>
        private Func<string, LogRule> Log(CompiledNode node, string section)
        {
            var properties = node.Source.CustomProperties;
            var modes = LogPersistence.Modes(properties, section);
            var all = Rule(LogPersistence.Default(properties), Rule(LogPersistence.Default(node.Definition.CustomProperties), LogRule.Kept));
            return name => modes.TryGetValue(name, out var mode) ? Rule(mode, all) : all;

            LogRule Rule(LogMode mode, LogRule outer) => mode.Expression is { } expression ? new LogRule(true, compiler.Compile(expression, ValueType.String), outer)
                : mode.Keeps is { } keeps ? new LogRule(keeps) : outer;
        }

        private List<CompiledCase> Cases(CompiledNode node, WorkflowDefinition definition, int depth)
        {
            var result = new List<CompiledCase>();
            foreach (var item in node.Source.Cases ?? [])
                result.Add(new CompiledCase(
                    item.Label ?? "",
                    item.Condition is null ? null : compiler.Compile(item.Condition, ValueType.Boolean),
                    item.Activity is null ? null : Activity(item.Activity, definition, node, depth)));
            // SendHttpRequest's ports are held in its expected status codes.
            if (node.Source.Type == "Elsa.SendHttpRequest" && node.Raw("expectedStatusCodes") is { ValueKind: JsonValueKind.Array } codes)
                foreach (var code in codes.EnumerateArray())
                    if (code.ValueKind == JsonValueKind.Object && Fields.TryGet(code, "statusCode", out var status))
                        result.Add(new CompiledCase(
                            status.ToString(),
                            null,
                            Fields.TryGet(code, "activity", out var activity) && activity.ValueKind == JsonValueKind.Object
                                ? Activity(WorkflowJson.ReadActivity(activity), definition, node, depth)
                                : null));
            return result;
        }

        /// <summary>Connections to activities that are not there are dropped, and doubles, as Elsa does.</summary>
        private static List<CompiledConnection> Connections(CompiledNode node)
        {
            var byId = new Dictionary<string, CompiledNode>();
            foreach (var child in node.PortList("activities"))
                byId.TryAdd(child.Id, child);
            var result = new List<CompiledConnection>();
            foreach (var connection in node.Source.Connections ?? [])
                if (byId.TryGetValue(connection.Source, out var source) && byId.TryGetValue(connection.Target, out var target)
                    && !result.Exists(known => known.Source == source && known.Target == target && known.SourcePort == connection.SourcePort && known.TargetPort == connection.TargetPort))
                    result.Add(new CompiledConnection(source, connection.SourcePort, target, connection.TargetPort));
            return result;
        }

        private static CompiledVariable Variable(VariableDefinition variable)
        {
            var type = ValueType.Parse(variable.TypeName, variable.IsArray);
            return new CompiledVariable(
                variable.Id,
                variable.Name,
                type,
                variable.Value is null ? null : ValueConverter.Convert(JsonValue.Create(variable.Value), type),
                variable.StorageDriverTypeName?.Contains("MemoryStorageDriver", StringComparison.Ordinal) == true);
        }
    }

    private CompiledExpression Compile(Expression expression, ValueType type, bool keepsText = false) => expressions.Compile(expression, type, keepsText);
}
