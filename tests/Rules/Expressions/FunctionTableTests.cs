using System.Globalization;
using System.Text;
using FluentAssertions;
using Homelab.Rules.Expressions.Library;
using Xunit;

namespace Homelab.Tests.Rules.Expressions;

/// <summary>The README's table is the code's table.</summary>
public sealed class FunctionTableTests
{
    [Fact]
    public void Readme_HasEveryFunctionAndNoOther()
    {
        var readme = File.ReadAllText(Path.Combine(Repository(), "rules", "README.md"));
        var start = readme.IndexOf("<!-- functions -->", StringComparison.Ordinal);
        var end = readme.IndexOf("<!-- /functions -->", StringComparison.Ordinal);

        readme[(start + "<!-- functions -->".Length)..end].Trim().Should().Be(Table().Trim(), "rules/README.md must list what FunctionLibrary holds");
    }

    [Fact]
    public void Library_EveryEntry_IsDocumented() =>
        FunctionLibrary.All.Should().OnlyContain(entry => entry.Summary.Length > 0 && entry.Signature.StartsWith(entry.Name, StringComparison.Ordinal));

    private static string Table()
    {
        var table = new StringBuilder();
        foreach (var section in FunctionLibrary.All.GroupBy(entry => entry.Section).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            table.Append(CultureInfo.InvariantCulture, $"\n#### {section.Key}\n\n| | |\n|---|---|\n");
            foreach (var entry in section.OrderBy(entry => entry.Name, StringComparer.OrdinalIgnoreCase))
                table.Append(CultureInfo.InvariantCulture, $"| `{entry.Signature}` | {entry.Summary.Replace("|", "\\|", StringComparison.Ordinal)} |\n");
        }

        return table.ToString();
    }

    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Homelab.Workflows.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests do not run inside the repository.");
    }
}
