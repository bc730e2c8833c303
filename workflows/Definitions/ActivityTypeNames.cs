using System.Text;

namespace Homelab.Workflows.Definitions;

public static class ActivityTypeNames
{
    /// <summary>"Molecule Activity" is the activity type "MoleculeActivity": separators go, what follows them is capitalised.</summary>
    public static string FromDefinitionName(string name)
    {
        var result = new StringBuilder(name.Length);
        var capitalise = true;
        foreach (var character in name.Trim())
        {
            if (character is ' ' or '\t' or '_')
            {
                capitalise = true;
                continue;
            }

            result.Append(capitalise ? char.ToUpperInvariant(character) : character);
            capitalise = false;
        }

        return result.ToString();
    }
}
