using System.Reflection;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities;

/// <summary>Everything anybody may want to know of an activity without running it: Studio's palette and form, CLI and API help, the gate.</summary>
public sealed record ActivityDescriptor
{
    /// <summary>"docker.restart_container": the short form, for ever (stored runs hold it).</summary>
    public required string Id { get; init; }

    /// <summary>"Homelab.Docker.RestartContainer", or Elsa's own name for Elsa's own activities.</summary>
    public required string TypeName { get; init; }

    public int Version { get; init; } = 1;

    /// <summary>"Docker": the category in the palette.</summary>
    public required string Tool { get; init; }

    public required string DisplayName { get; init; }

    public required string Description { get; init; }

    public required Effect Effect { get; init; }

    /// <summary>Without an effect in the gate's sense it still sends a message (<see cref="ActivityAttribute.Sends"/>).</summary>
    public bool Sends { get; init; }

    /// <summary>Why nothing undoes it; null when something does or when there is no effect.</summary>
    public string? NoUndoReason { get; init; }

    public RiskLevel DataRisk { get; init; }

    public RiskLevel AvailabilityRisk { get; init; }

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>May be repeated blindly: doing it twice is the same as once.</summary>
    public bool Idempotent { get; init; }

    /// <summary>JSON schema of the input record; the designer's form is made from it. Made when it is first asked for: few of a catalogue's are before a person looks.</summary>
    public JsonObject InputSchema
    {
        get => field ??= ActivitySchema.Of(Records.Input);
        init;
    }

    public JsonObject OutputSchema
    {
        get => field ??= ActivitySchema.Of(Records.Output);
        init;
    }

    /// <summary>Names of input properties whose values are secret: hashed in plans, masked in journals.</summary>
    public IReadOnlySet<string> SecretInputs { get; init; } = new HashSet<string>();

    /// <summary>Names of input properties that are prompts: what looks like a secret in them is masked in journals and runs.</summary>
    public IReadOnlySet<string> PromptInputs { get; init; } = new HashSet<string>();

    /// <summary>Makes the invoker; null only for descriptors made by hand in tests.</summary>
    internal Func<IServiceProvider, IActivityInvoker>? Create { get; init; }

    /// <summary>The activity itself, made by the container. For parts that bring activities of their own.</summary>
    public IActivityInvoker Invoker(IServiceProvider services) =>
        (Create ?? throw new InvalidOperationException($"{Id} was described by hand and cannot be made."))(services);

    internal Type? Implementation { get; init; }

    /// <summary>What the schemas are made of; an object without properties for a descriptor made by hand that gives none.</summary>
    private (Type Input, Type Output) Records { get; init; } = (typeof(object), typeof(object));

    /// <summary>Reads everything from the class and its records. A class that is no activity is a mistake of its author and throws.</summary>
    public static ActivityDescriptor For<TActivity>()
        where TActivity : class
    {
        var type = typeof(TActivity);
        var attribute = type.GetCustomAttribute<ActivityAttribute>()
            ?? throw new InvalidOperationException($"{type} has no [Activity] attribute.");
        var contract = Array.Find(type.GetInterfaces(), face => face.IsGenericType && face.GetGenericTypeDefinition() == typeof(IActivity<,>))
            ?? throw new InvalidOperationException($"{type} does not implement IActivity<TInput, TOutput>.");
        var (input, output) = (contract.GenericTypeArguments[0], contract.GenericTypeArguments[1]);
        var tool = type.Namespace!.Split('.')[^1];
        var descriptor = new ActivityDescriptor
        {
            Id = attribute.Id,
            TypeName = attribute.TypeName ?? $"Homelab.{tool}.{type.Name}",
            Tool = tool,
            DisplayName = attribute.DisplayName,
            Description = attribute.Description,
            Effect = attribute.Effect,
            Sends = attribute.Sends,
            NoUndoReason = attribute.NoUndo,
            DataRisk = attribute.DataRisk,
            AvailabilityRisk = attribute.AvailabilityRisk,
            Timeout = TimeSpan.FromSeconds(attribute.TimeoutSeconds),
            Idempotent = attribute.Idempotent || attribute.Effect == Effect.None,
            Records = (input, output),
            SecretInputs = ActivitySchema.MarkedOf<SecretAttribute>(input),
            PromptInputs = ActivitySchema.MarkedOf<PromptAttribute>(input),
            Implementation = type,
        };
        var invoker = typeof(ActivityInvoker<,>).MakeGenericType(input, output);
        return descriptor with
        {
            Create = services => (IActivityInvoker)ActivatorUtilities.CreateInstance(
                services, invoker, descriptor, ActivatorUtilities.CreateInstance(services, type)),
        };
    }
}
