namespace Homelab.Engine.Definitions;

/// <summary>What became of a request to change a definition.</summary>
internal abstract record DefinitionChange
{
    private DefinitionChange()
    {
    }

    /// <param name="AlreadyPublished">There was nothing to do.</param>
    /// <param name="Consumers">Names of the workflows that now point at the new version.</param>
    public sealed record Done(StoredDefinition Definition, bool AlreadyPublished = false, IReadOnlyList<string>? Consumers = null) : DefinitionChange;

    public sealed record NotFound : DefinitionChange;

    /// <summary>Nothing was changed; every problem is in the list.</summary>
    public sealed record Invalid(IReadOnlyList<string> Problems) : DefinitionChange;
}
