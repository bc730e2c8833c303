namespace Homelab.Activities;

/// <summary>The value is secret: masked in journals and plans, never in a message. On a connection's option: a reference such as <c>secret:NAME</c> that is resolved on use.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SecretAttribute : Attribute;

/// <summary>Choices loaded live from the tool, by the name of an <see cref="IOptionsProvider"/> ("docker.containers").</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OptionsAttribute(string provider) : Attribute
{
    public string Provider { get; } = provider;
}

/// <summary>A value that makes sense, as text or number: shown in help and forms, and what the shared contract tests send.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ExampleAttribute(object value) : Attribute
{
    public object Value { get; } = value;

    /// <summary>The value is the text of JSON, for what an attribute cannot hold.</summary>
    public bool Json { get; init; }
}

/// <summary>The editor a form should use where the type does not say: "multi-line", "code:sql", "json".</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class EditorAttribute(string editor) : Attribute
{
    public string Editor { get; } = editor;
}

/// <summary>Free text for a model: what looks like a secret in it is masked before it is kept or sent. People paste logs and settings here.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PromptAttribute : Attribute;
