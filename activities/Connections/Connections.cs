using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace Homelab.Activities;

/// <summary>
/// The named connections of one tool, <c>Activities:Tool:name</c>. Read anew on each use, so that an edit counts at once; a bad one
/// fails with its own problems and leaves the others alone.
/// </summary>
internal sealed class Connections<TOptions>(IConfiguration configuration, Secrets secrets)
    where TOptions : ConnectionOptions, new()
{
    public static string Tool { get; } = typeof(TOptions).Name.Replace("Options", "", StringComparison.Ordinal);

    public IReadOnlyList<string> Names => [.. Section.GetChildren().Select(child => child.Key).Order(StringComparer.Ordinal)];

    private IConfigurationSection Section => configuration.GetSection($"Activities:{Tool}");

    /// <summary>The connection with its secrets resolved.</summary>
    public async Task<TOptions> GetAsync(string name, CancellationToken cancellationToken)
    {
        if (!Names.Contains(name, StringComparer.OrdinalIgnoreCase))
            throw new ActivityException(
                $"{Tool} has no connection '{name}'; {(Names.Count == 0 ? $"none is configured (Activities:{Tool}:NAME)" : $"there are {string.Join(", ", Names)}")}.",
                retryable: false);
        TOptions options;
        try
        {
            options = Section.GetSection(name).Get<TOptions>(binder => binder.ErrorOnUnknownConfiguration = true) ?? new();
        }
        catch (InvalidOperationException exception)
        {
            throw new ActivityException($"{Tool} connection '{name}' is not valid: {exception.Message}", retryable: false);
        }

        List<ValidationResult> problems = [];
        if (!Validator.TryValidateObject(options, new(options), problems, validateAllProperties: true))
            throw new ActivityException(
                $"{Tool} connection '{name}' is not valid: {string.Join(" ", problems.Select(problem => problem.ErrorMessage))}", retryable: false);
        foreach (var property in typeof(TOptions).GetProperties().Where(property => property.IsDefined(typeof(SecretAttribute))))
        {
            if (property.GetValue(options) is string { Length: > 0 } reference)
                property.SetValue(options, await secrets.ResolveAsync(reference, cancellationToken));
        }

        options.Name = name.ToLowerInvariant();
        return options;
    }
}
