using System.IO.Compression;
using System.Text.Json;
using Homelab.Workflows.Definitions;

namespace Homelab.Engine.Definitions;

/// <summary>Definitions as files: one as JSON, several as a ZIP of JSON.</summary>
internal static class DefinitionArchive
{
    /// <summary>Unpacked, of one archive: enough for thousands of workflows, little enough for a small machine.</summary>
    public const long UnpackedLimit = 64L << 20;

    /// <summary>"workflow-definition-my-workflow.json", as Elsa names it.</summary>
    public static string FileName(WorkflowDefinition definition)
    {
        var name = string.IsNullOrWhiteSpace(definition.Name) ? definition.DefinitionId : definition.Name;
        var safe = string.Concat(name.Trim().ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')).Trim('-');
        return $"workflow-definition-{(safe.Length == 0 ? definition.DefinitionId : safe)}.json";
    }

    public static byte[] Pack(IEnumerable<WorkflowDefinition> definitions)
    {
        using var buffer = new MemoryStream();
        using (var archive = new ZipArchive(buffer, ZipArchiveMode.Create, leaveOpen: true))
        {
            HashSet<string> taken = [];
            foreach (var definition in definitions)
            {
                var name = FileName(definition);
                if (!taken.Add(name))
                    taken.Add(name = $"{Path.GetFileNameWithoutExtension(name)}-{definition.DefinitionId}.json");
                using var entry = archive.CreateEntry(name, CompressionLevel.Optimal).Open();
                entry.Write(WorkflowJson.WriteUtf8(definition, indented: true));
            }
        }

        return buffer.ToArray();
    }

    /// <summary>Reads a JSON file or a ZIP. A file that cannot be read is a problem with its name, and keeps nobody else from being read.</summary>
    public static async Task<(IReadOnlyList<WorkflowDefinition> Definitions, IReadOnlyList<string> Problems)> UnpackAsync(string fileName, Stream content, CancellationToken cancellationToken)
    {
        List<WorkflowDefinition> definitions = [];
        List<string> problems = [];
        if (!fileName.EndsWith(".zip", StringComparison.OrdinalIgnoreCase))
        {
            await ReadAsync(fileName, content, UnpackedLimit);
            return (definitions, problems);
        }

        try
        {
            using var archive = new ZipArchive(content, ZipArchiveMode.Read);
            var left = UnpackedLimit;
            foreach (var entry in archive.Entries.Where(entry => entry.Name.EndsWith(".json", StringComparison.OrdinalIgnoreCase)))
            {
                await using var stream = await entry.OpenAsync(cancellationToken);
                left -= await ReadAsync(entry.FullName, stream, left);
            }
        }
        catch (InvalidDataException error)
        {
            problems.Add($"{fileName} is no ZIP archive that can be read: {error.Message}");
        }

        return (definitions, problems);

        async Task<long> ReadAsync(string name, Stream stream, long limit)
        {
            // The size that an archive states may be a lie, so what comes out is counted.
            using var buffer = new MemoryStream();
            var chunk = new byte[16 * 1024];
            int read;
            while ((read = await stream.ReadAsync(chunk, cancellationToken)) > 0)
            {
                if (buffer.Length + read > limit)
                {
                    problems.Add($"{name}: the files hold more than {UnpackedLimit >> 20} MB. Import fewer at a time.");
                    return limit;
                }

                buffer.Write(chunk, 0, read);
            }

            try
            {
                definitions.Add(WorkflowJson.Read(buffer.GetBuffer().AsMemory(0, (int)buffer.Length)));
            }
            catch (WorkflowJsonException error)
            {
                problems.Add($"{name}: {error.Message}");
            }
            catch (JsonException error)
            {
                problems.Add($"{name}: {error.Message}");
            }

            return buffer.Length;
        }
    }
}
