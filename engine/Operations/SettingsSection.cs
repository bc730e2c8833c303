using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace Homelab.Engine.Operations;

/// <summary>One section of the settings and how it is checked, so that a bad start can name every problem of every section at once.</summary>
internal abstract class SettingsSection(string name)
{
    public string Name { get; } = name;

    public abstract IReadOnlyList<string> Check(IConfiguration configuration);
}

/// <inheritdoc />
internal sealed class SettingsSection<T>(string name) : SettingsSection(name)
    where T : class, new()
{
    public override IReadOnlyList<string> Check(IConfiguration configuration)
    {
        var section = configuration.GetSection(Name);
        var properties = typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite).ToList();
        var problems = new List<string>();
        var readable = true;

        foreach (var entry in section.GetChildren())
        {
            var property = properties.Find(candidate => candidate.Name.Equals(entry.Key, StringComparison.OrdinalIgnoreCase));
            if (property is null)
                problems.Add($"{entry.Path} is not a setting; {Name} knows {string.Join(", ", properties.Select(known => known.Name).Order(StringComparer.Ordinal))}.");
            else if (entry.Value is { Length: > 0 } value && !CanConvert(property.PropertyType, value))
            {
                readable = false;
                problems.Add($"{entry.Path} is \"{Shown(entry.Key, value)}\", which is not {Describe(property.PropertyType)}.");
            }
        }

        if (!readable)
            return problems;

        var settings = section.Get<T>() ?? new T();
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(settings, new ValidationContext(settings), results, validateAllProperties: true);
        problems.AddRange(results.Select(result =>
            $"{Name}:{string.Join(", ", result.MemberNames)}: {result.ErrorMessage}"));
        return problems;
    }

    private static string Shown(string key, string value) => Secrets.IsSecretName(key) ? Secrets.Mask : value;

    private static bool CanConvert(Type type, string value)
    {
        var converter = TypeDescriptor.GetConverter(Nullable.GetUnderlyingType(type) ?? type);
        if (!converter.CanConvertFrom(typeof(string)))
            return true;
        try
        {
            converter.ConvertFromInvariantString(value);
            return true;
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException or NotSupportedException)
        {
            return false;
        }
    }

    private static string Describe(Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        var t when t == typeof(TimeSpan) => "a length of time (days.hours:minutes:seconds, such as 00:05:00)",
        var t when t == typeof(bool) => "true or false",
        var t when t == typeof(int) || t == typeof(long) => "a whole number",
        var t when t == typeof(double) => "a number",
        var t when t.IsEnum => $"one of {string.Join(", ", Enum.GetNames(t))}",
        var t => $"a {t.Name}",
    };
}

/// <summary>The start was refused because of its settings; <see cref="Problems"/> has all of them.</summary>
public sealed class BadConfigurationException(IReadOnlyList<string> problems)
    : Exception($"The configuration has {problems.Count} problem(s):{Environment.NewLine}{string.Join(Environment.NewLine, problems)}")
{
    public IReadOnlyList<string> Problems { get; } = problems;
}

internal static class SettingsSetup
{
    /// <summary>Binds <typeparamref name="T"/> to a section of the settings; unknown names, unreadable values and broken rules stop the start.</summary>
    public static IServiceCollection AddSettings<T>(this IServiceCollection services, string section)
        where T : class, new()
    {
        services.AddSingleton<SettingsSection>(new SettingsSection<T>(section));
        services.AddOptions<T>().BindConfiguration(section);
        return services;
    }

    /// <summary>The settings as they are needed while services are added; the defaults where the section is wrong, for then the start is refused anyway.</summary>
    public static T ReadSettings<T>(this IConfiguration configuration, string section)
        where T : class, new() =>
        new SettingsSection<T>(section).Check(configuration).Count == 0 ? configuration.GetSection(section).Get<T>() ?? new T() : new T();

    /// <summary>Before anything is made from the settings; whoever reads them later may rely on them.</summary>
    /// <exception cref="BadConfigurationException">With every problem of every section.</exception>
    public static void CheckSettings(this IServiceCollection services, IConfiguration configuration)
    {
        var problems = services.Select(service => service.ImplementationInstance).OfType<SettingsSection>()
            .SelectMany(section => section.Check(configuration)).ToList();
        if (problems.Count > 0)
            throw new BadConfigurationException(problems);
    }
}
